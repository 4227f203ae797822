import type { Status } from './state.ts'
import type { ToldError } from './told-error.ts'

/** Languages that Cove speaks. */
export const languages = ['en', 'ko'] as const
/** One language that Cove speaks. */
export type Language = (typeof languages)[number]

/** Screens that a menu, the tray or a deep link can open by name. */
export const screenNames = ['overview', 'containers', 'projects', 'images', 'volumes', 'networks', 'builds', 'activity', 'disk', 'trouble', 'settings'] as const
/** One screen of the window. */
export type ScreenName = (typeof screenNames)[number]

/** Where in the window something is: a screen, one object of it (by its id, a project by its name), and one view of that. */
export interface Place {
  screen: ScreenName
  part?: string | undefined
  tab?: string | undefined
}

/** What the window knows before it has asked anybody. */
export interface DesktopStart {
  version: string
  platform: string
  language: Language
  /** The last status that was seen, possibly days ago; null on the first run. */
  lastStatus: Status | null
  home: string
  /** The user's docker configuration folder, which the calls on contexts and resets want to know. */
  dockerConfigDir: string
}

/** How the connection to the engine stands, as the desktop sees it. */
export type EngineLinkState =
  | { phase: 'connecting' }
  | { phase: 'connected' }
  | { phase: 'retrying'; attempt: number; problem: ToldError }

/** What menus, tray and deep links ask of the window. */
export type DesktopCommand =
  | ({ type: 'open' } & Place)
  | { type: 'palette' }
  | { type: 'back' }
  | { type: 'forward' }
  | { type: 'crashed' }

/** What the desktop offers the window, as `window.cove`; everything else the window asks of the engine itself. */
export interface DesktopBridge {
  readonly start: DesktopStart
  /** Says that the window listens: from now on it gets a port to the engine whenever there is one. */
  ready(): void
  onLink(listener: (state: EngineLinkState) => void): void
  onCommand(listener: (command: DesktopCommand) => void): void
  /** Gives up waiting between two attempts to reach the engine. */
  reconnect(): void
  copy(text: string): void
  /** Opens a web page in the user's browser; anything but http(s) is refused. */
  openExternal(url: string): void
  /** Where to save a file, asked of the user; null when cancelled. */
  chooseSavePath(suggestedName: string): Promise<string | null>
  /** Files and folders of this computer, chosen by the user; none when cancelled. */
  chooseFiles(): Promise<string[]>
  /** A folder of this computer, chosen by the user; null when cancelled. */
  chooseFolder(): Promise<string | null>
  showInFolder(path: string): void
  quit(): void
}

/** The type of the window message with which a port to the engine arrives. */
export const enginePortMessage = 'cove:engine-port'

/**
 * What travels on that port besides contract frames (strings): the window says how many frames it has taken, so that a
 * slow window holds the engine back instead of filling memory; the desktop says that the connection is gone.
 */
export type PortControl = { type: 'taken'; frames: number } | { type: 'closed' }
