import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { languages, type Language } from '#contract/desktop-bridge.ts'
import en from '../locales/en.json' with { type: 'json' }
import ko from '../locales/ko.json' with { type: 'json' }
import { desktop } from './desktop.ts'
import { settings } from './engine.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en }
  }
}

/** Makes all texts known, in the language the desktop chose; follows the setting from then on. */
export async function openLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: desktop.start.language,
    fallbackLng: 'en',
    resources: { en: { translation: en }, ko: { translation: ko } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  })
  mark()
  settings.subscribe(() => {
    const chosen = settings.value?.find(({ name }) => name === 'desktop.language')?.value
    const language = languages.find((each) => each === chosen) ?? systemLanguage()
    if (language !== i18next.language) i18next.changeLanguage(language).then(mark, mark)
  })
}

function mark(): void {
  document.documentElement.lang = i18next.language
}

function systemLanguage(): Language {
  const first = navigator.languages.map((tag) => languages.find((each) => tag.startsWith(each))).find((each) => each !== undefined)
  return first ?? 'en'
}
