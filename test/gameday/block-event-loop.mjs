/** Loaded into an engine before it starts: SIGUSR2 begins to block its event loop, and ends it. */
let timer

function block() {
  const end = performance.now() + 400
  while (performance.now() < end);
}

process.on('SIGUSR2', () => {
  if (timer === undefined) {
    timer = setInterval(block, 500)
    return
  }
  clearInterval(timer)
  timer = undefined
})
