import i18next from 'i18next'
import { beforeAll, expect, test, vi } from 'vitest'
import { containerStateText } from '#renderer/parts/container-state-text.ts'
import en from '#renderer/locales/en.json' with { type: 'json' }
import ko from '#renderer/locales/ko.json' with { type: 'json' }

beforeAll(() => i18next.init({ lng: 'en', resources: { en: { translation: en }, ko: { translation: ko } } }))

const stateText = (state: string, more: { health?: 'healthy'; exitCode?: number } = {}): string => containerStateText(i18next.t, { state, health: null, ...more })

test('a state is told in words, with how it ended, and a word that nobody knows as it is', () => {
  expect([stateText('running'), stateText('running', { health: 'healthy' }), stateText('exited'), stateText('exited', { exitCode: 137 }), stateText('molten')]).toEqual([
    en.containerState.running,
    en.health.healthy,
    en.containerState.exited,
    `${en.containerState.exited} (137)`,
    'molten',
  ])
})

test('it follows the language', async () => {
  expect(stateText('paused')).toBe(en.containerState.paused)
  await i18next.changeLanguage('ko')
  expect(stateText('paused')).toBe(ko.containerState.paused)
  await i18next.changeLanguage('en')
  expect(stateText('paused')).toBe(en.containerState.paused)
})

test('each is looked up once, however many containers are in it', () => {
  const look = vi.fn(i18next.t) as unknown as typeof i18next.t
  for (let i = 0; i < 100; i++) containerStateText(look, { state: 'exited', health: null, exitCode: 3 })
  expect(look).toHaveBeenCalledOnce()
})
