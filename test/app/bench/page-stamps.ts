/** What the page itself stamps; put there as `bench`. */
export interface PageStamps {
  now(): number
  /** Resolves with the time after the next frame was painted. */
  painted(): Promise<number>
  /** Resolves as soon as the page changed such that this holds. */
  until(holds: () => boolean, what: string): Promise<void>
}

declare global {
  // oxlint-disable-next-line no-var -- what a global of the page's is declared with
  var bench: PageStamps
}

/** Runs in the page: it sees nothing from outside. */
export function installStamps(): void {
  const limitMs = 120_000
  const stamp = (): number => performance.timeOrigin + performance.now()
  globalThis.bench = {
    now: stamp,
    // What is posted in a frame's callback is told once that frame has been produced.
    painted: () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.addEventListener('message', () => (port1.close(), resolve(stamp())), { once: true })
          port1.start()
          port2.postMessage(0)
        })
      }),
    until: (holds, what) =>
      new Promise((resolve, reject) => {
        if (holds()) return resolve()
        const timer = setTimeout(() => (observer.disconnect(), reject(new Error(`the page did not show ${what} within ${limitMs / 1000} s`))), limitMs)
        const observer = new MutationObserver(() => {
          if (!holds()) return
          clearTimeout(timer)
          observer.disconnect()
          resolve()
        })
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
      }),
  }
}
