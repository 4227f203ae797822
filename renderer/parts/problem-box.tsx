import type { ReactNode } from 'react'
import type { Problem } from '../state/problem.ts'
import { NoticeBox } from '../ui/notice.tsx'

/** What went wrong, in the engine's words, which are English; nothing when nothing did. */
export function ProblemBox({ problem, children }: { problem: Problem | undefined; children?: ReactNode }) {
  if (!problem) return null
  return (
    <NoticeBox tone="problem" title={<span lang="en">{problem.message}</span>} hint={problem.hint && <span lang="en">{problem.hint}</span>}>
      {children}
    </NoticeBox>
  )
}
