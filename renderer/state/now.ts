import { useEffect, useState } from 'react'

/** The time, renewed at this pace while the window can be seen. */
export function useNow(everyMs: number, isWanted = true): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isWanted) return
    let timer: number | undefined
    const tick = (): void => setNow(Date.now())
    const update = (): void => {
      window.clearInterval(timer)
      timer = undefined
      if (document.hidden) return
      tick()
      timer = window.setInterval(tick, everyMs)
    }
    update()
    document.addEventListener('visibilitychange', update)
    return () => {
      window.clearInterval(timer)
      document.removeEventListener('visibilitychange', update)
    }
  }, [everyMs, isWanted])
  return now
}
