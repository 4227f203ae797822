import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import i18next, { type TFunction } from 'i18next'
import { beforeAll, describe, expect, test } from 'vitest'
import { errorTable, slotsOf, type ErrorCode } from '#contract/errors.ts'
import { languages } from '#contract/desktop-bridge.ts'
import { problemWords } from '#renderer/parts/problem-words.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
const codes = Object.keys(errorTable) as ErrorCode[]
type Words = { title: string; about?: string; hint: string }
type Locale = { problem: Record<string, Record<string, Words>> }
const locales = Object.fromEntries(languages.map((language) => [language, JSON.parse(readFileSync(join(root, 'renderer/locales', `${language}.json`), 'utf8')) as Locale]))
const texts: Record<string, TFunction> = {}

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: Object.fromEntries(languages.map((language) => [language, { translation: { ...locales[language] } }])), interpolation: { escapeValue: false } })
  for (const language of languages) texts[language] = i18next.getFixedT(language)
})

const say = (language: string, problem: Partial<Parameters<typeof problemWords>[1]>) => problemWords({ t: texts[language]!, language }, { code: 'internal.bug', message: 'm', hint: null, about: null, ...problem })

describe.each(languages)('in %s', (language) => {
  test.each(codes)('%s has a title and a hint, and names each value that the contract gives it', (code) => {
    const [noun, problem] = code.split('.') as [string, string]
    const words = locales[language]!.problem[noun]?.[problem]
    expect(words, `add problem.${code} to renderer/locales/${language}.json`).toMatchObject({ title: expect.stringMatching(/\p{L}/u), hint: expect.stringMatching(/\p{L}/u) })
    const slots = [...(words?.about ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, slot]) => slot!)
    expect(slots.toSorted()).toEqual([...slotsOf(code)].toSorted())
    const about = Object.fromEntries(slotsOf(code).map((slot) => [slot, `<${slot}>`]))
    const { title, hint } = say(language, { code, about })
    for (const value of Object.values(about)) expect(title).toContain(value)
    expect(`${title} ${hint}`).not.toContain('{{')
    expect(say(language, { code }).title).toBe(words?.title)
  })

  test('no words are left of codes that there are no more', () => {
    const known = Object.entries(locales[language]!.problem).flatMap(([noun, problems]) => (noun === 'other' ? [] : Object.keys(problems).map((problem) => `${noun}.${problem}`)))
    expect(known.toSorted()).toEqual(codes.toSorted())
  })
})

test('in English the engine’s hint is given, which knows the case; in another language the code’s, and the engine’s words below', () => {
  const problem = { code: 'share.refused', message: '"/proc" cannot be shared: it is no folder of files', hint: 'See what is shared: cove share list', about: { folder: '/proc' } }
  expect(say('en', problem)).toEqual({ title: '“/proc” cannot be shared', hint: problem.hint, detail: problem.message })
  expect(say('ko', problem)).toEqual({ title: '“/proc” 폴더는 공유할 수 없습니다', hint: '다른 폴더를 고르세요.', detail: `${problem.message}\n${problem.hint}` })
})

test.each(['moon.landed', 'toString', '__proto__', ''])('"%s" of an engine of another version is shown by its own words', (code) => {
  expect(say('ko', { code, message: 'the moon' })).toEqual({ title: '작업에 실패했습니다', hint: '다시 시도하세요.', detail: 'the moon' })
})

test('values are text: what looks like a place for another value stays as it is', () => {
  expect(say('en', { code: 'setting.unknown', about: { key: '{{message}} $t(common.copy) <b>' } }).title).toBe('There is no setting “{{message}} $t(common.copy) <b>”')
})
