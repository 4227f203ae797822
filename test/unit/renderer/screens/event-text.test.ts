import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import i18next, { type TFunction } from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { eventDetail, eventTitle, eventTone, topicOf, topics } from '#renderer/screens/activity/event-text.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
const read = (language: string): Record<string, unknown> => JSON.parse(readFileSync(join(root, 'renderer/locales', `${language}.json`), 'utf8')) as Record<string, unknown>
const texts: Record<string, TFunction> = {}

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: { en: { translation: read('en') }, ko: { translation: read('ko') } }, interpolation: { escapeValue: false } })
  for (const language of ['en', 'ko']) texts[language] = i18next.getFixedT(language)
})

/** Every kind that the engine's sources name. */
function kindsOfEngine(): string[] {
  const sources = globSync('electron/engine/**/*.ts', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  const named = [...sources.matchAll(/addEvent\('([a-z]+\.[a-z-]+)'/g), ...sources.matchAll(/^ {2}'(?:container|image|volume|network) [a-z]+': '([a-z]+\.[a-z-]+)',$/gm)].map(([, kind]) => kind!)
  return [...new Set([...named, 'container.health', 'port.refused', 'disk.has-room', 'disk.nearly-full', 'disk.full', 'guest.service-running', 'guest.service-exited'])]
}

test('every kind of event has its words in both languages, and a topic that can be asked for', () => {
  const kinds = kindsOfEngine()
  expect(kinds.length).toBeGreaterThan(25)
  for (const kind of kinds) {
    expect(topics, kind).toContain(topicOf({ kind }))
    for (const [language, t] of Object.entries(texts)) expect(eventTitle(t, { kind, detail: {} }), `${kind} in ${language}`).not.toBe(kind)
  }
})

test('what happened to a container says whose it is, with which code, and how often', () => {
  const event = { kind: 'container.exited', detail: { id: 'c1', name: 'web', image: 'nginx', exitCode: 137, repeated: 9 } }
  expect(eventTitle(texts['en']!, event)).toBe('A container ended with code 137')
  expect(eventDetail(texts['en']!, event, 'en')).toBe('web · of nginx · code 137 · 9 more times')
  expect(eventDetail(texts['ko']!, event, 'ko')).toBe('web · 이미지 nginx · 코드 137 · 9번 더')
  expect(eventTone(event)).toBe('warn')
  expect(eventTone({ ...event, detail: { ...event.detail, asked: true } })).toBeUndefined()
  expect(eventTitle(texts['en']!, { ...event, detail: { ...event.detail, asked: true } })).toBe('A container ended')
  expect(eventTitle(texts['en']!, { kind: 'container.health', detail: { health: 'unhealthy' } })).toBe('A container is unhealthy')
  expect(eventTone({ kind: 'container.oom-killed', detail: {} })).toBe('bad')
})

test('a kind of a newer engine and hostile names are shown as they are, as text', () => {
  expect(eventTitle(texts['en']!, { kind: 'moon.landed', detail: {} })).toBe('moon.landed')
  expect(eventDetail(texts['en']!, { kind: 'moon.landed', detail: { crew: 3, name: 'a\u202eb\nc' } }, 'en')).toMatch(/^a.b\sc · crew: 3$/u)
})
