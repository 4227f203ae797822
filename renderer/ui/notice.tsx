import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'

interface NoticeProps {
  tone: 'problem' | 'warning' | 'info' | 'good'
  title: ReactNode
  /** The same in a program's own words, which are English. */
  detail?: string
  /** What to do about it. */
  hint?: ReactNode
  /** Buttons. */
  children?: ReactNode
}

const icons = { problem: 'problem', warning: 'warning', info: 'problem', good: 'check' } as const

/** A statement that wants attention: what it is, what to do, and the buttons that do it. */
export function NoticeBox({ tone, title, detail, hint, children }: NoticeProps) {
  return (
    <div className={`notice ${tone}`} role={tone === 'problem' ? 'alert' : undefined}>
      <Icon name={icons[tone]} size={18} />
      <div className="notice-text">
        <p className="notice-title">{title}</p>
        {detail !== undefined && <p className="problem-detail" lang="en">{detail}</p>}
        {hint !== undefined && hint !== null && <p className="notice-hint">{hint}</p>}
        {children !== undefined && <div className="buttons">{children}</div>}
      </div>
    </div>
  )
}
