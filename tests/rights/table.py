"""Who may what: a row for each call, a column for each role, and in it what the call is answered.

| letter | the answer |
| --- | --- |
| `+` | the door is open: done, or shown (200 to 399) |
| `i` | the door is open, and what was sent is refused (400, 406, 409, 413, 422, or back to the page with the reason) |
| `s` | sign in, or sign (401, or led to the sign-in page) |
| `-` | forbidden (403) |
| `0` | there is nothing, as far as this role is told (404) |
| `x` | not by this method (405) |
| `m` | it lives elsewhere now: led to the other instance |

The columns are `scene.ROLES`, told there in words, without the viewer: `VIEWER` says where they are not answered what
the officer is. All reports were made by the *reporter*, were passed on by the
*giver* and are now with the body of the *officer* and the *admin*; only the *nameless* one is still with the giver's,
and has no account behind it. A step is tried with a report that is in a state for it. A new route without a row fails
the test.
"""

from __future__ import annotations

# What a viewer is answered where the officer of the same body is answered otherwise: the row, and the letter.
VIEWER = dict(
    line.rsplit("  ", 1)
    for line in """
DELETE /api/v1/tokens/{token}  0
POST /api/v1/reports/{code}/accept  -
POST /api/v1/reports/{code}/start  -
POST /api/v1/reports/{code}/notes  -
POST /api/v1/reports/{code}/refer  -
POST /api/v1/reports/{code}/transfer  -
POST /api/v1/reports/{code}/return  -
POST /api/v1/reports/{code}/resolve  -
POST /api/v1/reports/{code}/reject  -
POST /api/v1/reports/{code}/undo  -
POST /api/v1/reports/{code}/uphold  -
POST /api/v1/reports/{code}/assign  -
POST /api/v1/reports/{code}/priority  -
POST /api/v1/reports/{code}/ask  -
POST /api/v1/reports/{code}/template  -
POST /api/v1/desk/bulk  -
POST /api/v1/desk/bulk/{bulk}/undo  -
POST /mine/tokens/{token}/end  0
GET /console/alerts/cards  -
GET /console/alerts/shifts  -
POST /console/alerts/shifts  -
POST /console/bulk/begin  -
POST /console/bulk/{bulk}/undo  -
GET /console/reports/{code}/transfer  -
POST /console/reports/{code}/identity  -
POST /console/reports/{code}/steps/accept  -
POST /console/reports/{code}/steps/start  -
POST /console/reports/{code}/steps/assign  -
POST /console/reports/{code}/steps/prioritise  -
POST /console/reports/{code}/steps/asset  -
POST /console/reports/{code}/steps/note  -
POST /console/reports/{code}/draft  -
POST /console/reports/{code}/steps/ask  -
POST /console/reports/{code}/steps/refer  -
POST /console/reports/{code}/steps/resolve  -
POST /console/reports/{code}/steps/reject  -
POST /console/reports/{code}/steps/transfer  -
POST /console/reports/{code}/steps/return  -
POST /console/reports/{code}/steps/decline  -
POST /console/reports/{code}/steps/undo  -
POST /console/reports/{code}/steps/uphold  -
POST /console/reports/{code}/steps/reopen  -
POST /console/reports/{code}/template  -
GET /console/reports/{code}/hide  -
POST /console/reports/{code}/hide  -
POST /console/reports/{code}/flags/keep  -
GET /console/warnings  -
GET /console/warnings/new  -
POST /console/warnings/new  -
POST /console/warnings/proposals/{pk}  0
GET /console/warnings/{number}  -
POST /console/warnings/{number} do=cancel  -
POST /console/warnings/{number} do=discard  -
GET /console/warnings/{number}/edit  -
POST /console/warnings/{number}/edit  -
GET /console/alerts  -
POST /console/alerts/duty  -
GET /console/alerts/{alert_id}  -
GET /console/alerts/{alert_id}/log  -
GET /console/alerts/{alert_id}/map.png  -
GET /console/alerts/{alert_id}/media/{media_id}  -
POST /console/alerts/{alert_id}/{name}  -
POST /console/numbers/{pk}  -
hidden: POST /api/v1/reports/{code}/accept  -
hidden: POST /console/reports/{code}/steps/note  -
secret: POST /r/{code}/comment  i
secret: POST /api/v1/reports/{code}/comments  -
secret: POST /api/v1/reports/{code}/accept  -
secret: POST /console/reports/{code}/steps/note  -
never: POST /r/{code}/comment  i
never: POST /api/v1/reports/{code}/comments  -
never: POST /api/v1/reports/{code}/accept  -
never: POST /console/reports/{code}/identity  -
never: POST /console/reports/{code}/steps/note  -
merged: POST /api/v1/reports/{code}/accept  -
merged: POST /console/reports/{code}/identity  -
merged: POST /console/reports/{code}/steps/note  -
original: POST /api/v1/reports/{code}/accept  -
original: POST /console/reports/{code}/identity  -
original: POST /console/reports/{code}/steps/note  -
moved: POST /console/reports/{code}/identity  -
moved: POST /console/reports/{code}/steps/note  -
handed: POST /api/v1/reports/{code}/accept  -
handed: POST /console/reports/{code}/identity  -
handed: POST /console/reports/{code}/steps/note  -
""".splitlines()
    if line
)


def _read(written: str) -> dict[str, str]:
    lines = [line.split("  ", 1) for line in written.splitlines() if line and not line.startswith("#")]
    return {name: _with_viewer(name, cells.split()) for name, cells in lines}


def _with_viewer(name: str, cells: list[str]) -> str:
    """The cells with that of the viewer before that of the officer."""
    return " ".join([*cells[:4], VIEWER.get(name, cells[4]), *cells[4:]])


DOORS = _read("""
#                                                               n s r s o o g a p t e k m p a
#                                                               o t e u f t i d l o n e e e s
#                                                               b r p p f h v m a k d y t e k
#                                                               o a o p i e e i t e e   r r e
#                                                               d n r o c r r n f n d   i   d
#                                                               y g t r e       o       c
#                                                                 e e t r       r       s
#                                                                 r r e         m
#                                                                     r
GET /api/v1/docs                                                + + + + + + + + + + + + + + +
POST /api/v1/docs                                               x x x x x x x x x x x x x x x
GET /api/v1/openapi.json                                        + + + + + + + + + + + + + + +
POST /api/v1/openapi.json                                       x x x x x x x x x x x x x x x
GET /api/v1/alerts                                              x x x x x x x x x x x x x x x
POST /api/v1/alerts                                             + + + + + + + + + + + + + + +
GET /api/v1/alerts/watched                                      + + + + + + + + + + + + + + +
POST /api/v1/alerts/watched                                     x x x x x x x x x x x x x x x
GET /api/v1/numbers                                             + + + + + + + + + + + + + + +
POST /api/v1/numbers                                            x x x x x x x x x x x x x x x
GET /api/v1/alerts/{alert_id}                                   0 0 + 0 0 0 0 0 0 0 s 0 s 0 0
POST /api/v1/alerts/{alert_id}                                  x x x x x x x x x x x x x x x
GET /api/v1/alerts/{alert_id}/positions                         x x x x x x x x x x x x x x x
POST /api/v1/alerts/{alert_id}/positions                        0 0 + 0 0 0 0 0 0 0 0 0 0 0 0
GET /api/v1/alerts/{alert_id}/messages                          x x x x x x x x x x x x x x x
POST /api/v1/alerts/{alert_id}/messages                         0 0 + 0 0 0 0 0 0 0 0 0 0 0 0
GET /api/v1/alerts/{alert_id}/media                             x x x x x x x x x x x x x x x
POST /api/v1/alerts/{alert_id}/media                            0 0 + 0 0 0 0 0 0 0 0 0 0 0 0
GET /api/v1/alerts/{alert_id}/cancel                            x x x x x x x x x x x x x x x
POST /api/v1/alerts/{alert_id}/cancel                           0 0 + 0 0 0 0 0 0 0 0 0 0 0 0
GET /api/v1/timers                                              x x x x x x x x x x x x x x x
POST /api/v1/timers                                             i i i i i i i i i i i i i i i
GET /api/v1/timers/{timer_id}                                   0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /api/v1/timers/{timer_id}                                  x x x x x x x x x x x x x x x
GET /api/v1/timers/{timer_id}/end                               x x x x x x x x x x x x x x x
POST /api/v1/timers/{timer_id}/end                              0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /api/v1/tokens                                              s + + + + + + + + + s s s s s
POST /api/v1/tokens                                             s s s s s s s s s s s s s s s
DELETE /api/v1/tokens                                           x x x x x x x x x x x x x x x
GET /api/v1/tokens/current                                      x x x x x x x x x x x x x x x
POST /api/v1/tokens/current                                     x x x x x x x x x x x x x x x
DELETE /api/v1/tokens/current                                   s + + + + + + + + + s s s s s
GET /api/v1/tokens/{token}                                      x x x x x x x x x x x x x x x
POST /api/v1/tokens/{token}                                     x x x x x x x x x x x x x x x
DELETE /api/v1/tokens/{token}                                   s 0 0 0 + 0 0 0 0 + s s s s s
GET /api/v1/reports                                             + + + + + + + + + + + + + + +
POST /api/v1/reports                                            + + + + + + + + + + s + s + +
GET /api/v1/desk/reports                                        s - - - + - - + + + s s s s s
POST /api/v1/desk/reports                                       x x x x x x x x x x x x x x x
GET /api/v1/reports/{code}/assign                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/assign                              s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/priority                             x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/priority                            s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/ask                                  x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/ask                                 s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/template                             x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/template                            s - - - + - - + - + s s s s s
GET /api/v1/desk/choices                                        s - - - + - - + + + s s s s s
POST /api/v1/desk/choices                                       x x x x x x x x x x x x x x x
GET /api/v1/desk/bulk                                           x x x x x x x x x x x x x x x
POST /api/v1/desk/bulk                                          s - - - + - - + - + s s s s s
GET /api/v1/desk/bulk/{bulk}                                    s 0 0 0 + 0 0 + + + s s s s s
POST /api/v1/desk/bulk/{bulk}                                   x x x x x x x x x x x x x x x
GET /api/v1/desk/bulk/{bulk}/undo                               x x x x x x x x x x x x x x x
POST /api/v1/desk/bulk/{bulk}/undo                              s 0 0 0 + 0 0 + - + s s s s s
GET /api/v1/reports/{code}                                      + + + + + + + + + + s + s + +
POST /api/v1/reports/{code}                                     x x x x x x x x x x x x x x x
GET /api/v1/reports/{code}/timeline                             + + + + + + + + + + s + s + +
POST /api/v1/reports/{code}/timeline                            x x x x x x x x x x x x x x x
GET /api/v1/duplicates                                          + + + + + + + + + + + + + + +
POST /api/v1/duplicates                                         x x x x x x x x x x x x x x x
GET /api/v1/assets                                              + + + + + + + + + + + + + + +
POST /api/v1/assets                                             x x x x x x x x x x x x x x x
GET /api/v1/photos/{photo_id}/{size}                            + + + + + + + + + + s + s + +
POST /api/v1/photos/{photo_id}/{size}                           x x x x x x x x x x x x x x x
GET /api/v1/reports/{code}/support                              x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/support                             s + i + + + + + + + s s s s s
GET /api/v1/reports/{code}/comments                             x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/comments                            s + + + + + + + + + s s s s s
GET /api/v1/reports/{code}/rating                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/rating                              - - + - - - - - - - s - s - -
GET /api/v1/reports/{code}/confirm                              x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/confirm                             - - + - - - - - - - s - s - -
GET /api/v1/reports/{code}/reopen                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/reopen                              - - + - - - - - - - s - s - -
GET /api/v1/reports/{code}/contest                              x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/contest                             s i + i i i i i i i s s s s s
GET /api/v1/claims                                              x x x x x x x x x x x x x x x
POST /api/v1/claims                                             s + + + + + + + + + s s s s s
GET /api/v1/photos                                              x x x x x x x x x x x x x x x
POST /api/v1/photos                                             + + + + + + + + + + s + s + +
GET /api/v1/preview                                             x x x x x x x x x x x x x x x
POST /api/v1/preview                                            + + + + + + + + + + + + + + +
GET /api/v1/reports/{code}/accept                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/accept                              s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/start                                x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/start                               s - - - i - - i - i s s s s s
GET /api/v1/reports/{code}/notes                                x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/notes                               s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/refer                                x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/refer                               s - - - i - - i - i s s s s s
GET /api/v1/reports/{code}/transfer                             x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/transfer                            s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/return                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/return                              s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/resolve                              x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/resolve                             s - - - i - - i - i s s s s s
GET /api/v1/reports/{code}/reject                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/reject                              s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/merge                                x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/merge                               s - - - - - - + - - s s s s s
GET /api/v1/reports/{code}/split                                x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/split                               s - - - - - - + - - s s s s s
GET /api/v1/reports/{code}/unsplit                              x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/unsplit                             s - - - - - - i - - s s s s s
GET /api/v1/reports/{code}/unmerge                              x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/unmerge                             s - - - - - - + - - s s s s s
GET /api/v1/reports/{code}/undo                                 x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/undo                                s - - - + - - + - + s s s s s
GET /api/v1/reports/{code}/uphold                               x x x x x x x x x x x x x x x
POST /api/v1/reports/{code}/uphold                              s - - - + - - + - + s s s s s
GET /api/v1/locate                                              + + + + + + + + + + + + + + +
POST /api/v1/locate                                             x x x x x x x x x x x x x x x
GET /api/v1/categories                                          + + + + + + + + + + + + + + +
POST /api/v1/categories                                         x x x x x x x x x x x x x x x
GET /api/v1/bodies                                              + + + + + + + + + + + + + + +
POST /api/v1/bodies                                             x x x x x x x x x x x x x x x
GET /api/v1/bodies/{code}                                       + + + + + + + + + + + + + + +
POST /api/v1/bodies/{code}                                      x x x x x x x x x x x x x x x
GET /api/v1/places                                              + + + + + + + + + + + + + + +
POST /api/v1/places                                             x x x x x x x x x x x x x x x
GET /api/v1/areas                                               + + + + + + + + + + + + + + +
POST /api/v1/areas                                              x x x x x x x x x x x x x x x
GET /api/v1/map/{z}/{x}/{y}                                     + + + + + + + + + + + + + + +
POST /api/v1/map/{z}/{x}/{y}                                    x x x x x x x x x x x x x x x
GET /api/v1/                                                    0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /api/v1/                                                   0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /hooks/sms                                                  x x x x x x x x x x x x x x x
POST /hooks/sms                                                 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /healthz                                                    + + + + + + + + + + + + + + +
POST /healthz                                                   x x x x x x x x x x x x x x x
GET /readyz                                                     + + + + + + + + + + + + + + +
POST /readyz                                                    x x x x x x x x x x x x x x x
GET /metrics                                                    - - - - - - - - - - - - + - -
POST /metrics                                                   x x x x x x x x x x x x x x x
GET /                                                           + + + + + + + + + + + + + + +
POST /                                                          x x x x x x x x x x x x x x x
GET /report/new                                                 + + + + + + + + + + + + + + +
POST /report/new                                                + + + + + + + + + + + + + + +
GET /report/offline                                             + + + + + + + + + + + + + + +
POST /report/offline                                            x x x x x x x x x x x x x x x
GET /report/waiting                                             + + + + + + + + + + + + + + +
POST /report/waiting                                            i i i i i i i i i i i i i i i
GET /service-worker.js                                          + + + + + + + + + + + + + + +
POST /service-worker.js                                         x x x x x x x x x x x x x x x
GET /report/suggest                                             + + + + + + + + + + + + + + +
POST /report/suggest                                            + + + + + + + + + + + + + + +
GET /report/new/photo/{photo_id}                                0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /report/new/photo/{photo_id}                               0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /darurat                                                    + + + + + + + + + + + + + + +
POST /darurat                                                   + + + + + + + + + + + + + + +
GET /darurat/{alert_id}                                         0 0 + 0 0 0 0 0 0 0 0 0 0 0 0
POST /darurat/{alert_id}                                        x x x x x x x x x x x x x x x
GET /darurat/{alert_id}/{step}                                  x x x x x x x x x x x x x x x
POST /darurat/{alert_id}/{step}                                 0 0 + 0 0 0 0 0 0 0 0 0 0 0 0
GET /keluarga                                                   s + + + + + + + + s s s s s s
POST /keluarga                                                  s + + + + + + + + s s s s s s
GET /keluarga/place                                             x x x x x x x x x x x x x x x
POST /keluarga/place                                            s i + i i i i i i s s s s s s
GET /keluarga/lihat/{token}                                     0 0 0 + 0 0 0 0 0 0 0 0 0 0 0
POST /keluarga/lihat/{token}                                    0 0 0 + 0 0 0 0 0 0 0 0 0 0 0
GET /keluarga/lihat/{token}/map.png                             0 0 0 + 0 0 0 0 0 0 0 0 0 0 0
POST /keluarga/lihat/{token}/map.png                            x x x x x x x x x x x x x x x
GET /lingkungan                                                 s + + + + + + + + s s s s s s
POST /lingkungan                                                s + + + + + + + + s s s s s s
GET /lingkungan/isyarat                                         + + + + + + + + + + + + + + +
POST /lingkungan/isyarat                                        x x x x x x x x x x x x x x x
GET /lingkungan/beat                                            x x x x x x x x x x x x x x x
POST /lingkungan/beat                                           s + + + + + + + + s s s s s s
GET /lingkungan/masuk/{token}                                   s + + + + + + + + s s s s s s
POST /lingkungan/masuk/{token}                                  s + + + + + + + + s s s s s s
GET /lingkungan/titik/{token}                                   s 0 + + 0 0 0 0 0 s s s s s s
POST /lingkungan/titik/{token}                                  s 0 i i 0 0 0 0 0 s s s s s s
GET /lingkungan/{group}                                         s 0 + + 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}                                        x x x x x x x x x x x x x x x
GET /lingkungan/{group}/undangan                                s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/undangan                               x x x x x x x x x x x x x x x
GET /lingkungan/{group}/{step}                                  x x x x x x x x x x x x x x x
POST /lingkungan/{group}/leave                                  s + + + + + + + + s s s s s s
POST /lingkungan/{group}/answer                                 s 0 0 0 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/check                                  s 0 i i 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/guest                                  s 0 i i 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/guest_left                             s 0 + + 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/notice                                 s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/notice_end                             s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/accept                                 s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/decline                                s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/remove                                 s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/role                                   s 0 i - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/settle                                 s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/renew                                  s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/point                                  s 0 + - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/point_end                              s 0 0 - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/round                                  s 0 i - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/round_end                              s 0 0 - 0 0 0 0 0 s s s s s s
POST /lingkungan/{group}/dissolve                               s 0 + - 0 0 0 0 0 s s s s s s
GET /nomor                                                      + + + + + + + + + + + + + + +
POST /nomor                                                     x x x x x x x x x x x x x x x
GET /nomor/usul                                                 s + + + + + + + + s s s s s s
POST /nomor/usul                                                s i i i i i i i i s s s s s s
GET /nomor/{code}                                               + + + + + + + + + + + + + + +
POST /nomor/{code}                                              x x x x x x x x x x x x x x x
GET /peringatan                                                 + + + + + + + + + + + + + + +
POST /peringatan                                                x x x x x x x x x x x x x x x
GET /peringatan/{number}                                        + + + + + + + + + + + + + + +
POST /peringatan/{number}                                       x x x x x x x x x x x x x x x
GET /cap/alerts.atom                                            + + + + + + + + + + + + + + +
POST /cap/alerts.atom                                           x x x x x x x x x x x x x x x
GET /cap/{number}.xml                                           + + + + + + + + + + + + + + +
POST /cap/{number}.xml                                          x x x x x x x x x x x x x x x
GET /account/safety                                             s + + + + + + + + s s s s s s
POST /account/safety                                            s i i i i i i i i s s s s s s
GET /manifest.webmanifest                                       + + + + + + + + + + + + + + +
POST /manifest.webmanifest                                      x x x x x x x x x x x x x x x
GET /r/{code}                                                   + + + + + + + + + + + + + + +
POST /r/{code}                                                  x x x x x x x x x x x x x x x
GET /r/{code}/photo/{photo_id}/{size}                           + + + + + + + + + + + + + + +
POST /r/{code}/photo/{photo_id}/{size}                          x x x x x x x x x x x x x x x
GET /r/{code}/flag                                              + + + + + + + + + + + + + + +
POST /r/{code}/flag                                             i i i i i i i i i i i i i i i
GET /r/{code}/hidden                                            + + + + + + + + + + + + + + +
POST /r/{code}/hidden                                           0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /r/{code}/{step}                                            x x x x x x x x x x x x x x x
POST /r/{code}/support                                          s + i + + + + + + s s s s s s
POST /r/{code}/comment                                          s + + + + + + + + s s s s s s
POST /r/{code}/confirm                                          s i + i i i i i i s s s s s s
POST /r/{code}/rate                                             s i + i i i i i i s s s s s s
POST /r/{code}/contest                                          s + + + + + + + + s s s s s s
GET /claim/{token}                                              + + + + + + + + + + + + + + +
POST /claim/{token}                                             + + + + + + + + + + + + + + +
GET /overview                                                   + + + + + + + + + + + + + + +
POST /overview                                                  x x x x x x x x x x x x x x x
GET /data                                                       + + + + + + + + + + + + + + +
POST /data                                                      x x x x x x x x x x x x x x x
GET /overview.csv                                               + + + + + + + + + + + + + + +
POST /overview.csv                                              x x x x x x x x x x x x x x x
GET /mine                                                       + + + + + + + + + + + + + + +
POST /mine                                                      + + + + + + + + + + + + + + +
GET /start                                                      + + + + + + + + + + + + + + +
POST /start                                                     x x x x x x x x x x x x x x x
GET /mine/tokens                                                s + + + + + + + + s s s s s s
POST /mine/tokens                                               s + + + + + + + + s s s s s s
GET /mine/tokens/{token}/end                                    x x x x x x x x x x x x x x x
POST /mine/tokens/{token}/end                                   s 0 0 0 + 0 0 0 0 s s s s s s
GET /account                                                    s + + + + + + + + s s s s s s
POST /account                                                   s + + + + + + + + s s s s s s
GET /account/notices                                            s + + + + + + + + s s s s s s
POST /account/notices                                           s + + + + + + + + s s s s s s
GET /account/notices/phone                                      x x x x x x x x x x x x x x x
POST /account/notices/phone                                     s i i i i i i i i s s s s s s
GET /account/sessions                                           s + + + + + + + + s s s s s s
POST /account/sessions                                          s + + + + + + + + s s s s s s
GET /account/erase                                              s + + + + + + + + s s s s s s
POST /account/erase                                             s - - - - - - - - s s s s s s
GET /area/{code}                                                + + + + + + + + + + + + + + +
POST /area/{code}                                               x x x x x x x x x x x x x x x
GET /body/{code}                                                + + + + + + + + + + + + + + +
POST /body/{code}                                               x x x x x x x x x x x x x x x
GET /body/{code}/logo.png                                       0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /body/{code}/logo.png                                      x x x x x x x x x x x x x x x
GET /colour/{colour}.css                                        + + + + + + + + + + + + + + +
POST /colour/{colour}.css                                       x x x x x x x x x x x x x x x
GET /map/names/{z}/{x}/{y}.json                                 + + + + + + + + + + + + + + +
POST /map/names/{z}/{x}/{y}.json                                x x x x x x x x x x x x x x x
GET /map/places/{code}.json                                     + + + + + + + + + + + + + + +
POST /map/places/{code}.json                                    x x x x x x x x x x x x x x x
GET /map/outline/{code}.json                                    + + + + + + + + + + + + + + +
POST /map/outline/{code}.json                                   x x x x x x x x x x x x x x x
GET /map/style.json                                             0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /map/style.json                                            x x x x x x x x x x x x x x x
GET /map/basemap.pmtiles                                        0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /map/basemap.pmtiles                                       x x x x x x x x x x x x x x x
GET /map/streets/{x}/{y}.json                                   + + + + + + + + + + + + + + +
POST /map/streets/{x}/{y}.json                                  x x x x x x x x x x x x x x x
GET /map/static/{zoom}/{point}/{size}.png                       + + + + + + + + + + + + + + +
POST /map/static/{zoom}/{point}/{size}.png                      x x x x x x x x x x x x x x x
GET /styleguide                                                 + + + + + + + + + + + + + + +
POST /styleguide                                                + + + + + + + + + + + + + + +
GET /console/                                                   s - - - + + + + + s s s s s s
POST /console/                                                  x x x x x x x x x x x x x x x
GET /console/table.{kind}                                       s - - - + - - + + s s s s s s
POST /console/table.{kind}                                      x x x x x x x x x x x x x x x
GET /console/bulk                                               s - - - + - - + + s s s s s s
POST /console/bulk                                              x x x x x x x x x x x x x x x
GET /console/bulk/new                                           s - - - + - - + + s s s s s s
POST /console/bulk/new                                          x x x x x x x x x x x x x x x
GET /console/bulk/begin                                         x x x x x x x x x x x x x x x
POST /console/bulk/begin                                        s - - - + - - + - s s s s s s
GET /console/bulk/{bulk}                                        s 0 0 0 + 0 0 + + s s s s s s
POST /console/bulk/{bulk}                                       x x x x x x x x x x x x x x x
GET /console/bulk/{bulk}/undo                                   x x x x x x x x x x x x x x x
POST /console/bulk/{bulk}/undo                                  s 0 0 0 + 0 0 + - s s s s s s
GET /console/performance                                        s - - - + + + + + s s s s s s
POST /console/performance                                       x x x x x x x x x x x x x x x
GET /console/tasks                                              s - - - + + + + + s s s s s s
POST /console/tasks                                             s - - - + + + + + s s s s s s
GET /console/tasks/{code}                                       x x x x x x x x x x x x x x x
POST /console/tasks/{code}                                      s - - - i i i i i s s s s s s
GET /console/views                                              x x x x x x x x x x x x x x x
GET /console/columns                                            x x x x x x x x x x x x x x x
POST /console/columns                                           s + + + + + + + + s s s s s s
POST /console/views                                             s - - - + - - + + s s s s s s
GET /console/views/{pk}/end                                     x x x x x x x x x x x x x x x
POST /console/views/{pk}/end                                    s 0 0 0 0 0 0 0 0 s s s s s s
GET /console/calendar/{token}.ics                               0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /console/calendar/{token}.ics                              x x x x x x x x x x x x x x x
GET /console/reports/{code}                                     s - - - + - + + + s s s s s s
POST /console/reports/{code}                                    x x x x x x x x x x x x x x x
GET /console/reports/{code}/work-order.pdf                      s - - - + - + + + s s s s s s
POST /console/reports/{code}/work-order.pdf                     x x x x x x x x x x x x x x x
GET /console/reports/{code}/case-file.pdf                       s - - - + - + + + s s s s s s
POST /console/reports/{code}/case-file.pdf                      x x x x x x x x x x x x x x x
GET /console/reports/{code}/transfer                            s - - - + - - + - s s s s s s
POST /console/reports/{code}/transfer                           x x x x x x x x x x x x x x x
GET /console/reports/{code}/here                                s - - - + - + + + s s s s s s
POST /console/reports/{code}/here                               x x x x x x x x x x x x x x x
GET /console/reports/{code}/draft                               x x x x x x x x x x x x x x x
POST /console/reports/{code}/draft                              s - - - + - - + - s s s s s s
GET /console/reports/{code}/take-back                           x x x x x x x x x x x x x x x
POST /console/reports/{code}/take-back                          s i i i i i i i i s s s s s s
GET /console/reports/{code}/split                               s - - - - - - + - s s s s s s
POST /console/reports/{code}/split                              s - - - - - - + - s s s s s s
GET /console/reports/{code}/merge                               s - - - - - - + - s s s s s s
POST /console/reports/{code}/merge                              x x x x x x x x x x x x x x x
GET /console/reports/{code}/identity                            x x x x x x x x x x x x x x x
POST /console/reports/{code}/identity                           s - - - + - - + + s s s s s s
GET /console/reports/{code}/steps/{name}                        x x x x x x x x x x x x x x x
POST /console/reports/{code}/steps/accept                       s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/start                        s - - - i - - i - s s s s s s
POST /console/reports/{code}/steps/assign                       s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/prioritise                   s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/asset                        s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/ask                          s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/note                         s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/refer                        s - - - i - - i - s s s s s s
POST /console/reports/{code}/steps/resolve                      s - - - i - - i - s s s s s s
POST /console/reports/{code}/steps/reject                       s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/transfer                     s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/return                       s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/decline                      s - - - i - - i - s s s s s s
POST /console/reports/{code}/steps/merge                        s - - - - - - + - s s s s s s
POST /console/reports/{code}/steps/split                        s - - - - - - + - s s s s s s
POST /console/reports/{code}/steps/unsplit                      s - - - - - - i - s s s s s s
POST /console/reports/{code}/steps/unmerge                      s - - - - - - + - s s s s s s
POST /console/reports/{code}/steps/undo                         s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/uphold                       s - - - + - - + - s s s s s s
POST /console/reports/{code}/steps/reopen                       s - - - + - - + - s s s s s s
GET /console/reports/{code}/template                            x x x x x x x x x x x x x x x
POST /console/reports/{code}/template                           s - - - + - - + - s s s s s s
GET /console/reports/{code}/decide                              s - - - - - - + - s s s s s s
POST /console/reports/{code}/decide                             s - - - - - - i - s s s s s s
GET /console/reports/{code}/hide                                s - - - + - - + + s s s s s s
POST /console/reports/{code}/hide                               s - - - i - - i i s s s s s s
GET /console/reports/{code}/flags/keep                          x x x x x x x x x x x x x x x
POST /console/reports/{code}/flags/keep                         s - - - i - - i i s s s s s s
GET /console/flags                                              s - - - + + + + - s s s s s s
POST /console/flags                                             x x x x x x x x x x x x x x x
GET /console/hidings/{pk}                                       s 0 0 0 0 0 0 0 0 s s s s s s
POST /console/hidings/{pk}                                      s 0 0 0 0 0 0 0 0 s s s s s s
GET /console/undecided                                          s - - - - - + + - s s s s s s
POST /console/undecided                                         x x x x x x x x x x x x x x x
GET /console/photos/{photo_id}/{size}                           s - - - + - + + + s s s s s s
POST /console/photos/{photo_id}/{size}                          x x x x x x x x x x x x x x x
GET /console/bodies                                             s - - - - - - - + s s s s s s
POST /console/bodies                                            x x x x x x x x x x x x x x x
GET /console/bodies/{code}/partner                              s - - - - - - - + s s s s s s
POST /console/bodies/{code}/partner                             s - - - - - - - + s s s s s s
GET /console/bodies/{code}/deadlines                            s - - - - - - + + s s s s s s
POST /console/bodies/{code}/deadlines                           s - - - - - - + + s s s s s s
GET /console/bodies/{code}/rules                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/rules                               s - - - - - - i i s s s s s s
GET /console/bodies/{code}/rules/{pk}                           s - - - - - - 0 0 s s s s s s
POST /console/bodies/{code}/rules/{pk}                          s - - - - - - 0 0 s s s s s s
GET /console/bodies/{code}/deadlines/promises                   x x x x x x x x x x x x x x x
POST /console/bodies/{code}/deadlines/promises                  s - - - - - - + + s s s s s s
GET /console/bodies/{code}/deadlines/promises/{promise}/end     x x x x x x x x x x x x x x x
POST /console/bodies/{code}/deadlines/promises/{promise}/end    s - - - - - - + + s s s s s s
GET /console/bodies/{code}/templates                            s - - - - - - + + s s s s s s
POST /console/bodies/{code}/templates                           s - - - - - - + + s s s s s s
GET /console/bodies/{code}/dress                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/dress                               s - - - - - - i i s s s s s s
GET /console/bodies/{code}/looks                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/looks                               x x x x x x x x x x x x x x x
GET /console/bodies/{code}/start                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/start                               s - - - - - - i i s s s s s s
GET /console/bodies/{code}/routing                              s - - - - - - + + s s s s s s
POST /console/bodies/{code}/routing                             s - - - - - - i i s s s s s s
GET /console/bodies/{code}/departments                          s - - - - - - + + s s s s s s
POST /console/bodies/{code}/departments                         s - - - - - - i i s s s s s s
GET /console/bodies/{code}/kinds                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/kinds                               s - - - - - - i i s s s s s s
GET /console/bodies/{code}/questions                            s - - - - - - + + s s s s s s
POST /console/bodies/{code}/questions                           s - - - - - - i i s s s s s s
GET /console/bodies/{code}/teams                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/teams                               s - - - - - - + + s s s s s s
GET /console/bodies/{code}/staff                                s - - - - - - + + s s s s s s
POST /console/bodies/{code}/staff                               s - - - - - - + + s s s s s s
GET /console/bodies/{code}/staff/invitations/{invitation}/end   x x x x x x x x x x x x x x x
POST /console/bodies/{code}/staff/invitations/{invitation}/end  s - - - - - - + + s s s s s s
GET /invitation/{token}                                         s + + + + + + + + s s s s s s
POST /invitation/{token}                                        s - - - - - - - - s s s s s s
GET /console/bodies/{code}/staff/{membership}/end               x x x x x x x x x x x x x x x
POST /console/bodies/{code}/staff/{membership}/end              s - - - - - - + + s s s s s s
GET /console/peers                                              s - - - - - - - + s s s s s s
POST /console/peers                                             x x x x x x x x x x x x x x x
GET /console/peers/new                                          s - - - - - - - + s s s s s s
POST /console/peers/new                                         s - - - - - - - i s s s s s s
GET /console/peers/asked/{name}                                 s - - - - - - - + s s s s s s
POST /console/peers/asked/{name}                                x x x x x x x x x x x x x x x
GET /console/peers/{name}                                       s - - - - - - - + s s s s s s
POST /console/peers/{name} do=on                                s - - - - - - - + s s s s s s
POST /console/peers/{name} do=off                               s - - - - - - - + s s s s s s
POST /console/peers/{name} do=confirm                           s - - - - - - - + s s s s s s
POST /console/peers/{name} do=retry                             s - - - - - - - + s s s s s s
POST /console/peers/{name} do=drop                              s - - - - - - - 0 s s s s s s
POST /console/peers/{name} do=key                               s - - - - - - - + s s s s s s
POST /console/peers/{name} do=end_key                           s - - - - - - - 0 s s s s s s
POST /console/peers/{name} do=reach                             s - - - - - - - + s s s s s s
POST /console/peers/{name} do=unreach                           s - - - - - - - 0 s s s s s s
POST /console/peers/{name} do=test                              s - - - - - - - + s s s s s s
POST /console/peers/{name} do=delete                            s - - - - - - - i s s s s s s
GET /console/peers/{name}/services                              s - - - - - - - + s s s s s s
POST /console/peers/{name}/services                             s - - - - - - - i s s s s s s
GET /console/mail                                               s - - - + + + + - s s s s s s
POST /console/mail                                              s - - - i i i i - s s s s s s
GET /console/mail/stop/{token}                                  0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /console/mail/stop/{token}                                 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /console/warnings                                           s - - - + - - + + s s s s s s
POST /console/warnings                                          x x x x x x x x x x x x x x x
GET /console/warnings/new                                       s - - - + - - + - s s s s s s
POST /console/warnings/new                                      s - - - i - - i - s s s s s s
GET /console/warnings/rights                                    x x x x x x x x x x x x x x x
POST /console/warnings/rights                                   s - - - - - - - + s s s s s s
GET /console/warnings/proposals/{pk}                            x x x x x x x x x x x x x x x
POST /console/warnings/proposals/{pk}                           s 0 0 0 + 0 0 + 0 s s s s s s
GET /console/warnings/{number}                                  s - - - + - - + - s s s s s s
POST /console/warnings/{number} do=publish                      s - - - - - - + - s s s s s s
POST /console/warnings/{number} do=cancel                       s - - - i - - i - s s s s s s
POST /console/warnings/{number} do=discard                      s - - - + - - + - s s s s s s
GET /console/warnings/{number}/edit                             s - - - + - - + - s s s s s s
POST /console/warnings/{number}/edit                            s - - - i - - i - s s s s s s
GET /console/numbers                                            s - - - + + + + + s s s s s s
POST /console/numbers                                           x x x x x x x x x x x x x x x
GET /console/numbers/{pk}                                       x x x x x x x x x x x x x x x
POST /console/numbers/{pk}                                      s - - - + - - + + s s s s s s
GET /console/alerts                                             s - - - + - - + - s s s s s s
POST /console/alerts                                            x x x x x x x x x x x x x x x
GET /console/alerts/duty                                        x x x x x x x x x x x x x x x
POST /console/alerts/duty                                       s - - - + - - + - s s s s s s
GET /console/alerts/beat                                        x x x x x x x x x x x x x x x
POST /console/alerts/beat                                       s + + + + + + + + s s s s s s
GET /console/alerts/units                                       s - - - - - - + - s s s s s s
POST /console/alerts/units                                      s - - - - - - - - s s s s s s
GET /console/alerts/cards                                       s - - - + - - + - s s s s s s
POST /console/alerts/cards                                      s - - - - - - - - s s s s s s
GET /console/alerts/shifts                                      s - - - + - - + - s s s s s s
POST /console/alerts/shifts                                     s - - - 0 - - 0 - s s s s s s
GET /console/unit                                               s - - - - - - - - s s s s s s
POST /console/unit                                              x x x x x x x x x x x x x x x
GET /console/unit/{unit}/{do}                                   x x x x x x x x x x x x x x x
POST /console/unit/{unit}/{do}                                  s 0 0 0 0 0 0 0 0 s s s s s s
GET /console/alerts/{alert_id}                                  s - - - + - - + - s s s s s s
POST /console/alerts/{alert_id}                                 x x x x x x x x x x x x x x x
GET /console/alerts/{alert_id}/log                              s - - - + - - + - s s s s s s
POST /console/alerts/{alert_id}/log                             x x x x x x x x x x x x x x x
GET /console/alerts/{alert_id}/map.png                          s - - - + - - + - s s s s s s
POST /console/alerts/{alert_id}/map.png                         x x x x x x x x x x x x x x x
GET /console/alerts/{alert_id}/media/{media_id}                 s - - - 0 - - 0 - s s s s s s
POST /console/alerts/{alert_id}/media/{media_id}                x x x x x x x x x x x x x x x
GET /console/alerts/{alert_id}/{name}                           x x x x x x x x x x x x x x x
POST /console/alerts/{alert_id}/{name}                          s - - - + - - + - s s s s s s
GET /console/categories                                         s - - - - - - - + s s s s s s
POST /console/categories                                        x x x x x x x x x x x x x x x
GET /console/categories/{code}                                  s - - - - - - - + s s s s s s
POST /console/categories/{code}                                 s - - - - - - - i s s s s s s
GET /demo/mail                                                  + + + + + + + + + + + + + + +
POST /demo/mail                                                 x x x x x x x x x x x x x x x
GET /.well-known/kentongan                                      + + + + + + + + + + + + + + +
POST /.well-known/kentongan                                     x x x x x x x x x x x x x x x
GET /network/v1/messages                                        x x x x x x x x x x x x x x x
POST /network/v1/messages                                       s s s s s s s s s s s s s + -
GET /network/v1/introductions                                   x x x x x x x x x x x x x x x
POST /network/v1/introductions                                  s s s s s s s s s s s s s + +
GET /network/v1/photos/{photo_id}                               s s s s s s s s s s s s s + -
POST /network/v1/photos/{photo_id}                              x x x x x x x x x x x x x x x
GET /network/v1/reports/{code}                                  + + + + + + + + + + + + + + +
POST /network/v1/reports/{code}                                 x x x x x x x x x x x x x x x
GET /network/v1/hooks/{name}                                    x x x x x x x x x x x x x x x
POST /network/v1/hooks/{name}                                   s s s s s s s s s s s s s 0 s
GET /network/v1/alerts                                          x x x x x x x x x x x x x x x
POST /network/v1/alerts                                         s s s s s s s s s s s s s + -
GET /network/v1/alerts/watches                                  s s s s s s s s s s s s s + -
POST /network/v1/alerts/watches                                 x x x x x x x x x x x x x x x
GET /network/v1/alerts/{alert_id}/media/{media_id}              s s s s s s s s s s s s s 0 -
POST /network/v1/alerts/{alert_id}/media/{media_id}             x x x x x x x x x x x x x x x
GET /reply/{token}                                              + + + + + + + + + + + + + + +
POST /reply/{token}                                             i i i i i i i i i i i i i i i
GET /open311/discovery.{fmt}                                    + + + + + + + + + + + + + + +
POST /open311/discovery.{fmt}                                   x x x x x x x x x x x x x x x
GET /open311/v2/discovery.{fmt}                                 + + + + + + + + + + + + + + +
POST /open311/v2/discovery.{fmt}                                x x x x x x x x x x x x x x x
GET /open311/v2/services.{fmt}                                  + + + + + + + + + + + + + + +
POST /open311/v2/services.{fmt}                                 x x x x x x x x x x x x x x x
GET /open311/v2/services/{code}.{fmt}                           + + + + + + + + + + + + + + +
POST /open311/v2/services/{code}.{fmt}                          x x x x x x x x x x x x x x x
GET /open311/v2/requests.{fmt}                                  + + + + + + + + + + + + + + +
POST /open311/v2/requests.{fmt}                                 - - - - - - - - - - - + - - -
GET /open311/v2/requests/{code}.{fmt}                           + + + + + + + + + + + + + + +
POST /open311/v2/requests/{code}.{fmt}                          x x x x x x x x x x x x x x x
GET /open311/v2/tokens/{code}.{fmt}                             + + + + + + + + + + + + + + +
POST /open311/v2/tokens/{code}.{fmt}                            x x x x x x x x x x x x x x x
GET /open311/v2/servicerequestupdates.{fmt}                     + + + + + + + + + + + + + + +
POST /open311/v2/servicerequestupdates.{fmt}                    - - - - - - - - - - - i - - -
GET /open311/                                                   0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /open311/                                                  0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /open311/{rest}                                             0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /open311/{rest}                                            0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /live                                                       - - - - + - - + + - - - - - -
POST /live                                                      x x x x x x x x x x x x x x x
GET /accounts/login/                                            + + + + + + + + + + + + + + +
POST /accounts/login/                                           + + + + + + + + + + + + + + +
GET /accounts/logout/                                           + + + + + + + + + + + + + + +
POST /accounts/logout/                                          + + + + + + + + + + + + + + +
GET /accounts/inactive/                                         + + + + + + + + + + + + + + +
POST /accounts/inactive/                                        x x x x x x x x x x x x x x x
GET /accounts/signup/                                           + + + + + + + + + + + + + + +
POST /accounts/signup/                                          + + + + + + + + + + + + + + +
GET /accounts/reauthenticate/                                   s + + + + + + + + s s s s s s
POST /accounts/reauthenticate/                                  s + + + + + + + + s s s s s s
GET /accounts/email/                                            s + + + + + + + + s s s s s s
POST /accounts/email/                                           s + + + + + + + + s s s s s s
GET /accounts/confirm-email/                                    + + + + + + + + + + + + + + +
POST /accounts/confirm-email/                                   + + + + + + + + + + + + + + +
GET /accounts/password/change/                                  s + + + + + + + + s s s s s s
POST /accounts/password/change/                                 s + + + + + + + + s s s s s s
GET /accounts/password/set/                                     s + + + + + + + + s s s s s s
POST /accounts/password/set/                                    s + + + + + + + + s s s s s s
GET /accounts/password/reset/                                   + + + + + + + + + + + + + + +
POST /accounts/password/reset/                                  + + + + + + + + + + + + + + +
GET /accounts/login/code/confirm/                               + + + + + + + + + + + + + + +
POST /accounts/login/code/confirm/                              + + + + + + + + + + + + + + +
GET /accounts/password/reset/key/done/                          + + + + + + + + + + + + + + +
POST /accounts/password/reset/key/done/                         x x x x x x x x x x x x x x x
GET /accounts/password/reset/key/{uidb36}-{key}/                + + + + + + + + + + + + + + +
POST /accounts/password/reset/key/{uidb36}-{key}/               + + + + + + + + + + + + + + +
GET /accounts/password/reset/done/                              + + + + + + + + + + + + + + +
POST /accounts/password/reset/done/                             x x x x x x x x x x x x x x x
GET /accounts/login/code/                                       + + + + + + + + + + + + + + +
POST /accounts/login/code/                                      + + + + + + + + + + + + + + +
GET /accounts/2fa/                                              s + + + + + + + + s s s s s s
POST /accounts/2fa/                                             s x x x x x x x x s s s s s s
GET /accounts/2fa/authenticate/                                 + + + + + + + + + + + + + + +
POST /accounts/2fa/authenticate/                                + + + + + + + + + + + + + + +
GET /accounts/2fa/reauthenticate/                               s + + + + + + + + s s s s s s
POST /accounts/2fa/reauthenticate/                              s + + + + + + + + s s s s s s
GET /accounts/2fa/totp/activate/                                s + + + + + + + + s s s s s s
POST /accounts/2fa/totp/activate/                               s + + + + + + + + s s s s s s
GET /accounts/2fa/totp/deactivate/                              s 0 0 0 0 0 0 0 0 s s s s s s
POST /accounts/2fa/totp/deactivate/                             s 0 0 0 0 0 0 0 0 s s s s s s
GET /accounts/2fa/recovery-codes/                               s 0 0 0 0 0 0 0 0 s s s s s s
POST /accounts/2fa/recovery-codes/                              s x x x x x x x x s s s s s s
GET /accounts/2fa/recovery-codes/generate/                      s + + + + + + + + s s s s s s
POST /accounts/2fa/recovery-codes/generate/                     s + + + + + + + + s s s s s s
GET /accounts/2fa/recovery-codes/download/                      s 0 0 0 0 0 0 0 0 s s s s s s
POST /accounts/2fa/recovery-codes/download/                     s 0 0 0 0 0 0 0 0 s s s s s s
GET /accounts/2fa/webauthn/                                     s + + + + + + + + s s s s s s
POST /accounts/2fa/webauthn/                                    s x x x x x x x x s s s s s s
GET /accounts/2fa/webauthn/add/                                 s + + + + + + + + s s s s s s
POST /accounts/2fa/webauthn/add/                                s + + + + + + + + s s s s s s
GET /accounts/2fa/webauthn/reauthenticate/                      s + + + + + + + + s s s s s s
POST /accounts/2fa/webauthn/reauthenticate/                     s + + + + + + + + s s s s s s
GET /accounts/2fa/webauthn/keys/{pk}/remove/                    s + + + + + + + + s s s s s s
POST /accounts/2fa/webauthn/keys/{pk}/remove/                   s + + + + + + + + s s s s s s
GET /accounts/2fa/webauthn/keys/{pk}/edit/                      s + + + + + + + + s s s s s s
POST /accounts/2fa/webauthn/keys/{pk}/edit/                     s + + + + + + + + s s s s s s
GET /accounts/3rdparty/login/cancelled/                         + + + + + + + + + + + + + + +
POST /accounts/3rdparty/login/cancelled/                        x x x x x x x x x x x x x x x
GET /accounts/3rdparty/login/error/                             s s s s s s s s s s s s s s s
POST /accounts/3rdparty/login/error/                            x x x x x x x x x x x x x x x
GET /accounts/3rdparty/signup/                                  + + + + + + + + + + + + + + +
POST /accounts/3rdparty/signup/                                 + + + + + + + + + + + + + + +
GET /accounts/3rdparty/                                         s + + + + + + + + s s s s s s
POST /accounts/3rdparty/                                        s + + + + + + + + s s s s s s
GET /accounts/social/login/cancelled/                           + + + + + + + + + + + + + + +
POST /accounts/social/login/cancelled/                          + + + + + + + + + + + + + + +
GET /accounts/social/login/error/                               + + + + + + + + + + + + + + +
POST /accounts/social/login/error/                              + + + + + + + + + + + + + + +
GET /accounts/social/signup/                                    + + + + + + + + + + + + + + +
POST /accounts/social/signup/                                   + + + + + + + + + + + + + + +
GET /accounts/social/connections/                               + + + + + + + + + + + + + + +
POST /accounts/social/connections/                              + + + + + + + + + + + + + + +
GET /accounts/oidc/{provider_id}/login/                         0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /accounts/oidc/{provider_id}/login/                        0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /accounts/oidc/{provider_id}/login/callback/                0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
POST /accounts/oidc/{provider_id}/login/callback/               0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
GET /i18n/setlang/                                              + + + + + + + + + + + + + + +
POST /i18n/setlang/                                             + + + + + + + + + + + + + + +
""")

# What leads to one report, for each kind of report: the reporter hidden, secret, of a kind that is never public,
# joined with another, a public one that goes on with a secret one, moved to another instance, handed to a peer, and
# without an account.
KINDS_OF_REPORTS = _read("""
#                                                  n s r s o o g a p t e k m p a
#                                                  o t e u f t i d l o n e e e s
#                                                  b r p p f h v m a k d y t e k
#                                                  o a o p i e e i t e e   r r e
#                                                  d n r o c r r n f n d   i   d
#                                                  y g t r e       o       c
#                                                    e e t r       r       s
#                                                    r r e         m
#                                                        r
hidden: GET /r/{code}                              + + + + + + + + + + + + + + +
hidden: POST /r/{code}/comment                     s + + + + + + + + s s s s s s
hidden: GET /api/v1/reports/{code}                 + + + + + + + + + + s + s + +
hidden: GET /api/v1/reports/{code}/timeline        + + + + + + + + + + s + s + +
hidden: POST /api/v1/reports/{code}/comments       s + + + + + + + + + s s s s s
hidden: POST /api/v1/reports/{code}/accept         s - - - + - - + - + s s s s s
hidden: POST /api/v1/reports/{code}/merge          s - - - - - - i - - s s s s s
hidden: GET /open311/v2/requests/{code}.json       + + + + + + + + + + + + + + +
hidden: GET /open311/v2/tokens/{code}.json         + + + + + + + + + + + + + + +
hidden: GET /network/v1/reports/{code}             + + + + + + + + + + + + + + +
hidden: GET /console/reports/{code}                s - - - + - + + + s s s s s s
hidden: POST /console/reports/{code}/identity      s - - - - - - - + s s s s s s
hidden: POST /console/reports/{code}/steps/note    s - - - + - - + - s s s s s s
secret: GET /r/{code}                              0 0 + 0 + 0 0 + + 0 0 0 0 0 0
secret: POST /r/{code}/comment                     0 0 + 0 + 0 0 + + 0 0 0 0 0 0
secret: GET /r/{code}/photo/{photo_id}/thumb       0 0 + 0 + 0 0 + + 0 0 0 0 0 0
secret: GET /api/v1/reports/{code}                 0 0 + 0 + 0 0 + + + s 0 s 0 0
secret: GET /api/v1/reports/{code}/timeline        0 0 + 0 + 0 0 + + + s 0 s 0 0
secret: GET /api/v1/photos/{photo_id}/thumb        0 0 + 0 + 0 0 + + + s 0 s 0 0
secret: POST /api/v1/reports/{code}/comments       0 0 + 0 + 0 0 + + + s 0 s 0 0
secret: POST /api/v1/reports/{code}/accept         s 0 - 0 + 0 0 + - + s s s s s
secret: POST /api/v1/reports/{code}/merge          s 0 - 0 - 0 0 + - - s s s s s
secret: GET /open311/v2/requests/{code}.json       0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
secret: GET /open311/v2/tokens/{code}.json         0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
secret: GET /network/v1/reports/{code}             0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
secret: GET /console/reports/{code}                s 0 - 0 + 0 0 + + s s s s s s
secret: GET /console/photos/{photo_id}/thumb       s 0 - 0 + 0 0 + + s s s s s s
secret: POST /console/reports/{code}/identity      s 0 - 0 - 0 0 - + s s s s s s
secret: POST /console/reports/{code}/steps/note    s 0 - 0 + 0 0 + - s s s s s s
never: GET /r/{code}                               0 0 + 0 + 0 0 + + 0 0 0 0 0 0
never: POST /r/{code}/comment                      0 0 + 0 + 0 0 + + 0 0 0 0 0 0
never: GET /api/v1/reports/{code}                  0 0 + 0 + 0 0 + + + s 0 s 0 0
never: GET /api/v1/reports/{code}/timeline         0 0 + 0 + 0 0 + + + s 0 s 0 0
never: POST /api/v1/reports/{code}/comments        0 0 + 0 + 0 0 + + + s 0 s 0 0
never: POST /api/v1/reports/{code}/accept          s 0 - 0 + 0 0 + - + s s s s s
never: POST /api/v1/reports/{code}/merge           s 0 - 0 - 0 0 + - - s s s s s
never: GET /open311/v2/requests/{code}.json        0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
never: GET /open311/v2/tokens/{code}.json          0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
never: GET /network/v1/reports/{code}              0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
never: GET /console/reports/{code}                 s 0 - 0 + 0 0 + + s s s s s s
never: POST /console/reports/{code}/identity       s 0 - 0 + 0 0 + + s s s s s s
never: POST /console/reports/{code}/steps/note     s 0 - 0 + 0 0 + - s s s s s s
merged: GET /r/{code}                              + + + + + + + + + + + + + + +
merged: POST /r/{code}/comment                     s + + + + + + + + s s s s s s
merged: GET /api/v1/reports/{code}                 + + + + + + + + + + s + s + +
merged: GET /api/v1/reports/{code}/timeline        + + + + + + + + + + s + s + +
merged: POST /api/v1/reports/{code}/comments       s + + + + + + + + + s s s s s
merged: POST /api/v1/reports/{code}/accept         s - - - i - - i - i s s s s s
merged: POST /api/v1/reports/{code}/merge          s - - - - - - i - - s s s s s
merged: GET /open311/v2/requests/{code}.json       + + + + + + + + + + + + + + +
merged: GET /open311/v2/tokens/{code}.json         + + + + + + + + + + + + + + +
merged: GET /network/v1/reports/{code}             + + + + + + + + + + + + + + +
merged: GET /console/reports/{code}                s - - - + - + + + s s s s s s
merged: POST /console/reports/{code}/identity      s - - - + - - + + s s s s s s
merged: POST /console/reports/{code}/steps/note    s - - - + - - + - s s s s s s
original: GET /r/{code}                            + + + + + + + + + + + + + + +
original: POST /r/{code}/comment                   s + + + + + + + + s s s s s s
original: GET /api/v1/reports/{code}               + + + + + + + + + + s + s + +
original: GET /api/v1/reports/{code}/timeline      + + + + + + + + + + s + s + +
original: POST /api/v1/reports/{code}/comments     s + + + + + + + + + s s s s s
original: POST /api/v1/reports/{code}/accept       s - - - + - - + - + s s s s s
original: POST /api/v1/reports/{code}/merge        s - - - - - - + - - s s s s s
original: GET /open311/v2/requests/{code}.json     + + + + + + + + + + + + + + +
original: GET /open311/v2/tokens/{code}.json       + + + + + + + + + + + + + + +
original: GET /network/v1/reports/{code}           + + + + + + + + + + + + + + +
original: GET /console/reports/{code}              s - - - + - + + + s s s s s s
original: POST /console/reports/{code}/identity    s - - - + - - + + s s s s s s
original: POST /console/reports/{code}/steps/note  s - - - + - - + - s s s s s s
moved: GET /r/{code}                               m m m m m m m m m m m m m m m
moved: POST /r/{code}/comment                      i i i i i i i i i i i i i i i
moved: GET /api/v1/reports/{code}                  m m m m m m m m m m m m m m m
moved: GET /api/v1/reports/{code}/timeline         m m m m m m m m m m m m m m m
moved: POST /api/v1/reports/{code}/comments        m m m m m m m m m m m m m m m
moved: POST /api/v1/reports/{code}/accept          m m m m m m m m m m m m m m m
moved: POST /api/v1/reports/{code}/merge           m m m m m m m m m m m m m m m
moved: GET /open311/v2/requests/{code}.json        m m m m m m m m m m m m m m m
moved: GET /open311/v2/tokens/{code}.json          + + + + + + + + + + + + + + +
moved: GET /network/v1/reports/{code}              + + + + + + + + + + + + + + +
moved: GET /console/reports/{code}                 s - - - + - + + + s s s s s s
moved: POST /console/reports/{code}/identity       s - - - + - - + + s s s s s s
moved: POST /console/reports/{code}/steps/note     s - - - + - - + - s s s s s s
handed: GET /r/{code}                              + + + + + + + + + + + + + + +
handed: POST /r/{code}/comment                     s + + + + + + + + s s s s s s
handed: GET /r/{code}/photo/{photo_id}/thumb       + + + + + + + + + + + + + + +
handed: GET /api/v1/reports/{code}                 + + + + + + + + + + s + s + +
handed: GET /api/v1/reports/{code}/timeline        + + + + + + + + + + s + s + +
handed: GET /api/v1/photos/{photo_id}/thumb        + + + + + + + + + + s + s + +
handed: POST /api/v1/reports/{code}/comments       s + + + + + + + + + s s s s s
handed: POST /api/v1/reports/{code}/accept         s - - - i - - i - i s s s s s
handed: POST /api/v1/reports/{code}/merge          s - - - - - - + - - s s s s s
handed: GET /open311/v2/requests/{code}.json       + + + + + + + + + + + + + + +
handed: GET /open311/v2/tokens/{code}.json         + + + + + + + + + + + + + + +
handed: GET /network/v1/reports/{code}             + + + + + + + + + + + + + + +
handed: GET /console/reports/{code}                s - - - + - + + + s s s s s s
handed: GET /console/photos/{photo_id}/thumb       s - - - + - + + + s s s s s s
handed: POST /console/reports/{code}/identity      s - - - + - - + + s s s s s s
handed: POST /console/reports/{code}/steps/note    s - - - + - - + - s s s s s s
nameless: GET /r/{code}                            + + + + + + + + + + + + + + +
nameless: POST /r/{code}/comment                   s + + + + + + + + s s s s s s
nameless: GET /api/v1/reports/{code}               + + + + + + + + + + s + s + +
nameless: GET /api/v1/reports/{code}/timeline      + + + + + + + + + + s + s + +
nameless: POST /api/v1/reports/{code}/comments     s + + + + + + + + + s s s s s
nameless: POST /api/v1/reports/{code}/accept       s - - - - - + - - - s s s s s
nameless: POST /api/v1/reports/{code}/merge        s - - - - - + - - - s s s s s
nameless: GET /open311/v2/requests/{code}.json     + + + + + + + + + + + + + + +
nameless: GET /open311/v2/tokens/{code}.json       + + + + + + + + + + + + + + +
nameless: GET /network/v1/reports/{code}           + + + + + + + + + + + + + + +
nameless: GET /console/reports/{code}              s - - - - - + - + s s s s s s
nameless: POST /console/reports/{code}/identity    s - - - - - + - + s s s s s s
nameless: POST /console/reports/{code}/steps/note  s - - - - - + - - s s s s s s
""")
