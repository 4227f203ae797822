import type { Place } from '#contract/desktop-bridge.ts'

/** Whether a page with this address shows a place: the screen itself, or the object whatever its view. */
export function showsPlace(url: string, { screen, part }: Place): boolean {
  const [, shown, object] = new URL(url).hash.split('/')
  return shown === screen && (object || undefined) === (part === undefined ? undefined : encodeURIComponent(part))
}
