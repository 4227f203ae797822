import { useTranslation } from 'react-i18next'
import type { Remark } from '#contract/remark.ts'
import { remarkWords } from './remark-words.ts'

interface RemarkTextProps {
  /** Null from an engine that does not tell. */
  remark: Remark | null
  /** The same as the engine says it. */
  message: string
  /** Says all there is to know in the window's words: the engine's need not stand below. */
  isPlain?: boolean
}

/** A remark in the window's language, the engine's own sentence below where it knows more of the case. */
export function RemarkText({ remark, message, isPlain = false }: RemarkTextProps) {
  const { t, i18n } = useTranslation()
  const { title, detail } = remark === null ? { title: null, detail: message } : remarkWords({ t, language: i18n.language }, remark)
  if (title === null) return <span lang="en">{detail}</span>
  return (
    <>
      {title}
      {!isPlain && <span className="remark-detail" lang="en">{detail}</span>}
    </>
  )
}
