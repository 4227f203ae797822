import { FitAddon } from '@xterm/addon-fit'
import { Terminal as Xterm } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { TerminalEvent } from '#contract/terminal.ts'
import { connection, type EngineApi } from '../../../state/connection.ts'
import { attempt } from '../../../state/failures.ts'
import { useStore } from '../../../state/store.ts'
import { followStream } from '../../../state/streams.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { mirrorStyles } from './mirror-styles.ts'
import { terminalTheme } from './terminal-theme.ts'

interface SessionViewProps {
  id: string
  label: string
  onEnd: (exitCode: number | null) => void
}

/** One terminal: what it prints and what is typed into it. Leaving it does not end it. */
export function SessionView({ id, label, onEnd }: SessionViewProps) {
  const frame = useRef<HTMLDivElement>(null)
  const { api } = useStore(connection)
  const [problem, setProblem] = useState('')
  const onEvent = useEffectEvent((event: TerminalEvent, terminal: Xterm) => {
    if (event.kind === 'output') return terminal.write(fromBase64(event.base64))
    setProblem(event.error ?? '')
    onEnd(event.exitCode)
  })
  useEffect(() => {
    if (!frame.current || !api) return
    const leaving = new AbortController()
    const opened = openTerminal(frame.current, label)
    const { terminal } = opened
    talk(api, id, opened)
    const onItems = (events: TerminalEvent[]): void => events.forEach((event) => onEvent(event, terminal))
    void followStream((ending) => api.terminal.attach({ id }, { signal: ending }), { onItems, onProblem: ({ message }) => setProblem(message) }, leaving.signal)
    terminal.focus()
    return () => {
      leaving.abort()
      opened.close()
    }
  }, [api, id, label])
  return (
    <>
      <div ref={frame} className="shell-frame" />
      {problem !== '' && <p role="alert" className="field-problem" lang="en">{problem}</p>}
    </>
  )
}

interface OpenedTerminal {
  terminal: Xterm
  fit: FitAddon
  close(): void
}

/** A terminal on the page, as large as its frame. */
function openTerminal(frame: HTMLElement, label: string): OpenedTerminal {
  const style = getComputedStyle(document.documentElement)
  const fontSize = Number.parseFloat(style.fontSize)
  const terminal = new Xterm({ fontFamily: style.getPropertyValue('--mono'), fontSize, cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches, scrollback: 10_000, screenReaderMode: true, theme: terminalTheme() })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  const unmirror = mirrorStyles(frame)
  terminal.open(frame)
  if (terminal.textarea) terminal.textarea.ariaLabel = label
  // Everything else belongs to the shell: Tab too, so that F6 is the keyboard's way out.
  terminal.attachCustomKeyEventHandler(({ key }) => {
    if (key === 'F6') document.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus()
    return key !== 'F6'
  })
  const repaint = (): void => void (terminal.options.theme = terminalTheme())
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', repaint)
  const observer = new ResizeObserver(() => fit.fit())
  observer.observe(frame)
  return {
    terminal,
    fit,
    close: () => {
      observer.disconnect()
      dark.removeEventListener('change', repaint)
      unmirror()
      terminal.dispose()
    },
  }
}

/** Carries what is typed and the size to the session, in order. */
function talk(api: EngineApi, id: string, { terminal, fit }: OpenedTerminal): void {
  let last: Promise<unknown> = Promise.resolve()
  const send = (bytes: Uint8Array): void => {
    last = last.then(() => attempt(() => api.terminal.write({ id, base64: toBase64(bytes) })))
  }
  const encoder = new TextEncoder()
  terminal.onData((text) => send(encoder.encode(text)))
  terminal.onBinary((text) => send(Uint8Array.from(text, (char) => char.charCodeAt(0))))
  terminal.onResize(({ cols: columns, rows }) => void api.terminal.resize({ id, columns, rows }).catch(() => undefined))
  fit.fit()
}
