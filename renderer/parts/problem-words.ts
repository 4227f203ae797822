import type { TFunction } from 'i18next'
import { isErrorCode, slotsOf } from '#contract/errors.ts'
import type { Problem } from '../state/problem.ts'

/** A problem as it is shown. */
export interface ProblemWords {
  title: string
  hint: string
  /** In the engine's own words, which are English. */
  detail: string
}

/** A problem in the window's language, from its code and what it is about; one of a newer engine by its own words below. */
export function problemWords({ t, language }: { t: TFunction; language: string }, { code, about, message, hint }: Problem): ProblemWords {
  const isEnglish = language.startsWith('en')
  const detail = isEnglish || hint === null ? message : `${message}\n${hint}`
  const key = isErrorCode(code) ? (code as 'file.unreadable') : undefined
  const words = key === undefined ? t('problem.other.hint') : t(`problem.${key}.hint`)
  // The engine knows more of the case than the code does.
  return { title: titleOf(t, key, about), hint: isEnglish ? (hint ?? words) : words, detail }
}

function titleOf(t: TFunction, code: 'file.unreadable' | undefined, about: Problem['about']): string {
  if (code === undefined) return t('problem.other.title')
  const slots = slotsOf(code)
  const isKnown = slots.length > 0 && slots.every((slot) => about?.[slot] !== undefined)
  return isKnown ? t(`problem.${code}.about`, about ?? {}) : t(`problem.${code}.title`)
}
