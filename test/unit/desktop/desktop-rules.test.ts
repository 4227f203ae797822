import { describe, expect, test } from 'vitest'
import { autostartEntry } from '#desktop/autostart-entry.ts'
import { backOffMs } from '#desktop/back-off.ts'
import { contentHeaders, contentPath, contentPolicy, isExternalPage } from '#desktop/content-rules.ts'
import { findDeepLink, readDeepLink } from '#desktop/deep-link.ts'
import { engineProgram } from '#desktop/engine-program.ts'
import { placeWindow } from '#desktop/window-bounds.ts'
import { chooseLanguage, wordsOf } from '#desktop/words.ts'

describe('the window’s content', () => {
  test('is its own files and nothing outside them', () => {
    expect(contentPath('cove-window://app/index.html')).toBe('index.html')
    expect(contentPath('cove-window://app/')).toBe('index.html')
    expect(contentPath('cove-window://app/assets/a%20b.js')).toBe('assets/a b.js')
    for (const url of ['cove-window://other/index.html', 'file:///etc/passwd', 'cove-window://app/..%2f..%2fetc/passwd', 'cove-window://app/a%5c..%5cb', 'cove-window://app/%E0%A4%A', 'cove-window://app/a%00']) {
      expect(contentPath(url), url).toBeUndefined()
    }
  })

  test('may load no script, style, frame or connection of anybody else', () => {
    expect(contentPolicy).toContain("default-src 'none'")
    expect(contentPolicy).not.toMatch(/unsafe|https?:|\*/)
    expect(contentHeaders('.js')).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff', 'content-security-policy': contentPolicy })
    expect(contentHeaders('.exe')['content-type']).toBe('application/octet-stream')
  })

  test('sends only web pages to the browser', () => {
    expect(['https://docs.docker.com/', 'http://localhost:8080'].every(isExternalPage)).toBe(true)
    for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'cove://open/disk', 'smb://host/share', 'not a url', '']) expect(isExternalPage(url), url).toBe(false)
  })
})

test('a deep link opens a screen or a page that there is, and does nothing else', () => {
  expect(readDeepLink('cove://open/disk')).toEqual({ screen: 'disk' })
  expect(readDeepLink('cove://container/0123abc')).toEqual({ screen: 'containers', part: '0123abc' })
  expect(readDeepLink('cove://image/sha256:0123')).toEqual({ screen: 'images', part: 'sha256:0123' })
  expect(readDeepLink('cove://project/my%20shop')).toEqual({ screen: 'projects', part: 'my shop' })
  for (const link of ['cove://open/nowhere', 'cove://run/disk', 'https://open/disk', 'cove://open/disk/../settings/x', 'cove://container/', 'cove://container/%E0%A4%A', `cove://container/${'a'.repeat(301)}`, 'cove://constructor/x', 'disk', '']) expect(readDeepLink(link), link).toBeUndefined()
  expect(findDeepLink(['/usr/bin/cove', '--hidden', 'cove://open/settings'])).toEqual({ screen: 'settings' })
})

describe('the window is placed', () => {
  const display = { x: 0, y: 0, width: 1920, height: 1040 }
  const last = { x: 100, y: 50, width: 1000, height: 700, isMaximized: false }

  test('where it was', () => expect(placeWindow(last, [display])).toEqual(last))

  test('in the middle at first, and when its display is gone', () => {
    expect(placeWindow(null, [display])).toEqual({ x: 400, y: 150, width: 1120, height: 740, isMaximized: false })
    expect(placeWindow({ ...last, x: 5000 }, [display])).toMatchObject({ x: 460, y: 170, width: 1000, height: 700 })
    expect(placeWindow({ ...last, y: -300 }, [display]).y).toBeGreaterThanOrEqual(0)
  })

  test('never larger than a display it was not on, never smaller than useful', () => {
    expect(placeWindow(null, [{ x: 0, y: 0, width: 800, height: 500 }])).toMatchObject({ x: 0, y: 0, width: 800, height: 500 })
    expect(placeWindow({ ...last, width: 10, height: 10 }, [display])).toMatchObject({ x: 100, width: 720, height: 480 })
    expect(placeWindow(null, [])).toMatchObject({ width: 1120, height: 740 })
  })
})

test('waiting between attempts doubles up to ten seconds and never ends', () => {
  expect([0, 1, 2, 3, 4].map(backOffMs)).toEqual([0, 250, 500, 1000, 2000])
  expect([7, 100, 10_000].map(backOffMs)).toEqual([10_000, 10_000, 10_000])
})

test('the language is the chosen one, else the first of the system’s that Cove speaks, else English', () => {
  expect(chooseLanguage('ko', ['en-GB'])).toBe('ko')
  expect(chooseLanguage('system', ['fr-FR', 'ko-KR', 'en-US'])).toBe('ko')
  expect(chooseLanguage('system', ['fr-FR'])).toBe('en')
  expect(chooseLanguage('tlh', [])).toBe('en')
  expect(wordsOf('en')('tray.version', { version: '28' })).toBe('Docker 28')
})

test('the engine is run by a Node of its own, packaged or from the checkout', () => {
  const places = { resourcesPath: '/app/resources', appPath: '/checkout', platform: 'linux' as const }
  expect(engineProgram({ ...places, isPackaged: true })).toEqual({ program: '/app/resources/engine/node', entry: '/app/resources/engine/engine.mjs' })
  expect(engineProgram({ ...places, isPackaged: false })).toEqual({ program: 'node', entry: '/checkout/dist/engine/engine.mjs' })
})

test('an autostart entry quotes what a desktop would expand', () => {
  expect(autostartEntry(['/opt/My Cove/cove', '--hidden'])).toContain('Exec="/opt/My Cove/cove" "--hidden"\n')
  expect(autostartEntry(['/a$b"c%d'])).toContain(String.raw`Exec="/a\\$b\\"c%%d"`)
})
