import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DesktopCommand } from '#contract/desktop-bridge.ts'
import { openConnection } from '../state/connection.ts'
import { desktop } from '../state/desktop.ts'
import { notify } from '../state/notices.ts'
import { open, route, travel } from '../state/router.ts'
import { useStore } from '../state/store.ts'
import { EngineBar } from './engine-bar.tsx'
import { LinkBanner } from './link-banner.tsx'
import { Notices } from './notices.tsx'
import { Palette } from './palette.tsx'
import { Sidebar } from './sidebar.tsx'
import { TopBar } from './top-bar.tsx'
import { useView } from './views.ts'

/** The frame around the screens. */
export function App() {
  const { t } = useTranslation()
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const { screen } = useStore(route)
  useCommands(() => setPaletteOpen(true))
  useShortcuts(() => setPaletteOpen((former) => !former))
  // Only now: what the desktop asks of the window finds somebody who listens.
  useEffect(openConnection, [])
  const view = useView(screen)
  useEffect(() => {
    document.title = `${t(`screen.${screen}`)} · Cove`
  }, [screen, t])
  return (
    <div className="frame">
      <a className="skip" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById('content')?.focus())}>
        {t('frame.skip')}
      </a>
      <Sidebar />
      <div className="stage">
        <TopBar onSearch={() => setPaletteOpen(true)} />
        <LinkBanner />
        <Content screen={view && screen}>
          {view}
        </Content>
      </div>
      <EngineBar />
      <Notices />
      {isPaletteOpen && <Palette onClose={() => setPaletteOpen(false)} />}
    </div>
  )
}

/** The screen itself, named when its code is there; each visit begins at its top, where a screen reader is taken too. */
function Content({ screen, children }: { screen: string | undefined; children: React.ReactNode }) {
  const main = useRef<HTMLElement>(null)
  const last = useRef(screen)
  useEffect(() => {
    const former = last.current
    last.current = screen ?? former
    if (screen === undefined || former === undefined || former === screen) return
    // A screen that was opened for one thing of it has the focus there already.
    if (!main.current?.contains(document.activeElement)) main.current?.querySelector<HTMLElement>('h1')?.focus()
  }, [screen])
  return (
    <main id="content" ref={main} tabIndex={-1}>
      {children}
    </main>
  )
}

/** What menus, tray and links ask of the window. */
function useCommands(openPalette: () => void): void {
  const { t } = useTranslation()
  const onCommand = useEffectEvent((command: DesktopCommand) => {
    if (command.type === 'open') open(command.screen, command.part, command.tab)
    else if (command.type === 'palette') openPalette()
    else if (command.type === 'crashed') notify(t('frame.crashed'), 15_000)
    else travel(command.type)
  })
  useEffect(() => desktop.onCommand((command) => onCommand(command)), [])
}

/** Keys that no menu holds for us. */
function useShortcuts(togglePalette: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const isMod = event.ctrlKey || event.metaKey
    if (isMod && event.key.toLowerCase() === 'k') togglePalette()
    else if (isMod && event.key === ',') open('settings')
    else if (event.altKey && event.key === 'ArrowLeft') travel('back')
    else if (event.altKey && event.key === 'ArrowRight') travel('forward')
    else return
    event.preventDefault()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKeyDown(event)
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [])
}
