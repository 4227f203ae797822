import { toCoveError } from '#contract/errors.ts'
import type { EngineLink } from './engine-link.ts'

/** What menus and tray can do with the vm; failures are told, not thrown. */
export interface EngineActions {
  start(): void
  stop(): void
  restart(): void
  sleep(): void
}

/** The vm's life as menu commands. */
export function engineActions(link: EngineLink, onFailure: (message: string) => void): EngineActions {
  const run = (verb: keyof EngineActions) => (): void => {
    link.api?.engine[verb]().catch((error: unknown) => {
      const { code, message, hint } = toCoveError(error)
      // Who cancels a start by stopping it knows.
      if (code !== 'operation.cancelled') onFailure(hint === undefined ? message : `${message}\n\n${hint}`)
    })
  }
  return { start: run('start'), stop: run('stop'), restart: run('restart'), sleep: run('sleep') }
}
