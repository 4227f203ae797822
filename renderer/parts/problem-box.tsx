import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Problem } from '../state/problem.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { problemWords } from './problem-words.ts'

interface ProblemBoxProps {
  problem: Problem | null | undefined
  tone?: 'problem' | 'warning'
  /** Buttons. */
  children?: ReactNode
}

/** What went wrong in the user's language, with the engine's own words below; nothing when nothing did. */
export function ProblemBox({ problem, tone = 'problem', children }: ProblemBoxProps) {
  const { t, i18n } = useTranslation()
  if (!problem) return null
  const { title, hint, detail } = problemWords({ t, language: i18n.language }, problem)
  return (
    <NoticeBox tone={tone} title={title} hint={hint} detail={detail}>
      {children}
    </NoticeBox>
  )
}

/** The same in little, beside the field that it is about. */
export function ProblemText({ problem }: { problem: Problem | undefined }) {
  const { t, i18n } = useTranslation()
  if (!problem) return null
  const { title, detail } = problemWords({ t, language: i18n.language }, problem)
  return (
    <div className="field-problem" role="alert">
      <p>{title}</p>
      <p className="problem-detail" lang="en">{detail}</p>
    </div>
  )
}
