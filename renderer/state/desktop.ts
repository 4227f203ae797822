import type { DesktopBridge } from '#contract/desktop-bridge.ts'

declare global {
  interface Window {
    /** Put there by the preload script. */
    readonly cove: DesktopBridge
  }
}

/** What the desktop offers the window. */
export const desktop: DesktopBridge = window.cove
