import { languages, type Language } from '#contract/desktop-bridge.ts'
import en from './locales/en.json' with { type: 'json' }
import ko from './locales/ko.json' with { type: 'json' }

type Group = keyof typeof en
type Key = { [G in Group]: `${G}.${keyof (typeof en)[G] & string}` }[Group]

const texts: Record<Language, typeof en> = { en, ko }

/** Says what a key stands for in one language, `{{name}}` filled in. */
export type Words = (key: Key, values?: Record<string, string>) => string

/** The words of menus, tray and native dialogs; the window has its own in renderer/locales. */
export function wordsOf(language: Language): Words {
  return (key, values = {}) => {
    const [group, name] = key.split('.') as [Group, string]
    const text = (texts[language][group] as Record<string, string>)[name] ?? key
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, slot: string) => values[slot] ?? '')
  }
}

/** The language to speak: the one that was chosen, else the first of the system's that Cove speaks, else English. */
export function chooseLanguage(setting: string, preferred: readonly string[]): Language {
  const wanted = setting === 'system' ? preferred : [setting]
  const short = wanted.map((tag) => tag.toLowerCase().split(/[-_]/)[0])
  return short.flatMap((tag) => languages.filter((language) => language === tag))[0] ?? 'en'
}
