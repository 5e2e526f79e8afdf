// The camera within the page, with the photo from before over it. Where a browser gives none, the page has the phone's.
const WIDEST = 1600; // pixels

/** @type {MediaStream | null} */
let stream = null;
let asked = 0;

/**
 * Shows what the camera behind the phone sees.
 * @param {HTMLVideoElement} video
 * @returns {Promise<boolean>} whether there is one
 */
export async function openCamera(video) {
  closeCamera(video);
  asked += 1;
  const mine = asked;
  const wanted = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: WIDEST } } };
  // A page without https has no `mediaDevices` at all.
  const given = await navigator.mediaDevices?.getUserMedia(wanted).catch(() => null);
  if (!given) return false;
  if (mine !== asked) {
    stop(given); // closed while the phone was asking
    return false;
  }
  stream = given;
  video.srcObject = given;
  await video.play().catch(() => {});
  return true;
}

/**
 * Ends it: its light goes out, and other programs may have it.
 * @param {HTMLVideoElement} video
 */
export function closeCamera(video) {
  asked += 1;
  if (stream) stop(stream);
  stream = null;
  video.srcObject = null;
}

/** @param {MediaStream} given */
function stop(given) {
  for (const track of given.getTracks()) track.stop();
}

/**
 * What it sees now; null where it shows nothing yet.
 * @param {HTMLVideoElement} video
 * @returns {Promise<File | null>}
 */
export async function shoot(video) {
  if (!video.videoWidth) return null;
  const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  /** @type {Blob | null} */
  const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return made && new File([made], "foto.jpg", { type: "image/jpeg" });
}
