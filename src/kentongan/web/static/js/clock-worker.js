// A second's tick that goes on while the page is in the background.
setInterval(() => postMessage(""), 1_000);
