import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DevelopmentOrder } from '#contract/development.ts'

/** What of dist/ the app has loaded, by its content: a build that changes nothing disturbs nobody. */
export interface Built {
  /** Main and preload. */
  main: string
  /** The page but for the names of its files, which change with their styles. */
  page: string
  /** Addresses of the page's style sheets. */
  styles: readonly string[]
}

/** What lies in dist/ now. */
export function readBuilt(dist: string): Built {
  const html = read(join(dist, 'renderer', 'index.html'))
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
  const styles = named.filter((name) => name.endsWith('.css'))
  const others = named.filter((name) => !name.endsWith('.css'))
  const bare = named.reduce((text, name) => text.replace(name, ''), html)
  return {
    main: hash(['main.mjs', 'preload.cjs'].map((name) => read(join(dist, 'desktop', name)))),
    page: hash([bare, ...others.map((name) => read(join(dist, 'renderer', name)))]),
    styles,
  }
}

/** The least that brings the app up to date. */
export function neededOrder(former: Built, next: Built): DevelopmentOrder | { type: 'restart' } | undefined {
  if (former.main !== next.main) return { type: 'restart' }
  if (former.page !== next.page) return { type: 'reload' }
  return former.styles.join() === next.styles.join() ? undefined : { type: 'styles', hrefs: [...next.styles] }
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function hash(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex')
}
