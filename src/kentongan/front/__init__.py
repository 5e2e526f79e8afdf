"""What stands between the network and Django: takes in whole requests, and lets none of them stop the others.

`application` is what granian serves (RSGI). Its event loop does three things that no hanging request can hold up: it
answers `/healthz`, it reads bodies against a deadline, and it hands finished requests to threads of which some only
read, so that a page is answered while every sending thread waits for something.
"""
