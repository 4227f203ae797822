import type { ReactNode } from 'react'

interface PageProps {
  title: string
  /** One line below the title. */
  summary?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** A page whose one list fills the window, instead of one that scrolls as a whole. */
  isFilled?: boolean
}

/** The frame of every screen: heading, actions, content. */
export function Page({ title, summary, actions, children, isFilled = false }: PageProps) {
  return (
    <div className={isFilled ? 'page filled' : 'page'}>
      <header className="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {summary !== undefined && <p className="muted">{summary}</p>}
        </div>
        {actions !== undefined && <div className="buttons">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** A titled part of a screen. */
export function Section({ title, children, aside }: { title: string; children: ReactNode; aside?: ReactNode }) {
  return (
    <section className="section" aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** What a list shows while it has nothing: what it is, and how it gets something. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  )
}
