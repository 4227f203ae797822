/** One question to the other side for its time: when it was asked and answered here, and what it said; all in ms. */
export interface ClockSample {
  asked: number
  told: number
  answered: number
}

/** How far the other side's clock is ahead of ours. */
export interface ClockOffset {
  ms: number
  /** It is known to no more than this. */
  within: number
}

/** The offset by the quickest answer: the less time it took, the less it can be wrong. @throws RangeError for no samples. */
export function clockOffset(samples: readonly ClockSample[]): ClockOffset {
  const [best] = samples.toSorted((a, b) => a.answered - a.asked - (b.answered - b.asked))
  if (!best) throw new RangeError('no samples to tell an offset by')
  return { ms: best.told - (best.asked + best.answered) / 2, within: (best.answered - best.asked) / 2 }
}

/** A time of the other side's on our clock; an offset within what it is known to is none. */
export function onOurClock(time: number, { ms, within }: ClockOffset): number {
  return Math.abs(ms) > within ? time - ms : time
}
