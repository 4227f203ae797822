import type { TFunction } from 'i18next'
import { isErrorCode } from '#contract/errors.ts'
import { isRemarkCode, type Remark, remarkTable } from '#contract/remark.ts'
import { problemWords } from './problem-words.ts'

/** A remark as it is shown. */
export interface RemarkWords {
  /** In the window's language; null where it has no words for it. */
  title: string | null
  /** In the engine's own words, which are English. */
  detail: string
}

/** A remark in the window's language, from its code and what it is about; one of another version by its own words. */
export function remarkWords(words: { t: TFunction; language: string }, { code, about, message }: Remark): RemarkWords {
  if (isErrorCode(code)) return { title: problemWords(words, { code, about, message, hint: null }).title, detail: message }
  const isWhole = isRemarkCode(code) && remarkTable[code].every((slot) => about?.[slot] !== undefined)
  return { title: isWhole ? words.t(`remark.${code}` as 'remark.vm.paused-asked', about ?? {}) : null, detail: message }
}
