import { once } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import { toCoveError } from '#contract/errors.ts'
import type { Logger } from '#base/log.ts'
import { type DockerEvent, parseDockerEvent } from './docker-event.ts'

/** How to follow Docker's events. */
export interface EventStreamOptions {
  /** Opens `/events`, to be ended by the signal; may wait for the tunnel. */
  open(signal: AbortSignal): Promise<AsyncIterable<Buffer>>
  /** The stream is open: whatever was listed before may be out of date, whatever is listed from now on is kept current by events. */
  onOpen(): void
  onEvent(event: DockerEvent): void
  log: Logger
  /** Pause before the second dial in a row, doubled up to the last, in ms. */
  firstRetryMs?: number
  lastRetryMs?: number
}

/** A line longer than this is none of Docker's: labels of a container are in it, and Docker's own limit of those is far below. */
const maxLineChars = 1024 * 1024

/** Docker's events as they are followed, until disposed. */
export interface EventFollower extends Disposable {
  /** Ends the stream that is open; the next one is opened when `until` has settled. */
  hold(until: Promise<unknown>): void
}

/** Follows Docker's events; a stream that breaks (dockerd restarted, tunnel lost, vm paused) is opened anew. */
export function followEvents(options: EventStreamOptions): EventFollower {
  const ending = new AbortController()
  const turn: Turn = { end: new AbortController(), mayBegin: Promise.resolve() }
  void keepUp(options, turn, ending.signal)
  return {
    hold: (until) => {
      turn.mayBegin = until.catch(() => undefined)
      turn.end.abort()
    },
    [Symbol.dispose]: () => ending.abort(),
  }
}

/** The present stream, and when the next one may be opened. */
interface Turn {
  end: AbortController
  mayBegin: Promise<unknown>
}

async function keepUp(options: EventStreamOptions, turn: Turn, ending: AbortSignal): Promise<void> {
  const { log, firstRetryMs = 100, lastRetryMs = 5000 } = options
  for (let retryMs = firstRetryMs; !ending.aborted; ) {
    await turn.mayBegin
    if (ending.aborted) return
    turn.end = new AbortController()
    const signal = AbortSignal.any([ending, turn.end.signal])
    try {
      const stream = await options.open(signal)
      retryMs = firstRetryMs
      await readEvents(stream, options, signal)
    } catch (error) {
      if (!signal.aborted) log.debug("Docker's events cannot be followed now", { why: toCoveError(error).message, retryMs })
    }
    await rest(retryMs, ending)
    retryMs = Math.min(lastRetryMs, retryMs * 2)
  }
}

async function readEvents(stream: AsyncIterable<Buffer>, { onOpen, onEvent, log }: EventStreamOptions, signal: AbortSignal): Promise<void> {
  const split = lines((line) => {
    const event = parseDockerEvent(line)
    if (event) onEvent(event)
    else log.debug('not an event', { line: line.slice(0, 200) })
  })
  if (signal.aborted) return
  onOpen()
  for await (const chunk of stream) split(chunk)
}

/** Cuts a stream into lines; one that is too long is dropped up to its end. */
function lines(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let held = ''
  let isSkipping = false
  return (chunk) => {
    const parts = (held + decoder.write(chunk)).split('\n')
    held = parts.pop() ?? ''
    for (const part of parts) {
      if (!isSkipping && part.trim() !== '') onLine(part)
      isSkipping = false
    }
    if (held.length <= maxLineChars) return
    held = ''
    isSkipping = true
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), ms)
  await once(AbortSignal.any([signal, over.signal]), 'abort')
  clearTimeout(timer)
}
