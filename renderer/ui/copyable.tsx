import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'

/** A command or path in its own type, with a button that copies it. */
export function Copyable({ text, onCopy }: { text: string; onCopy: (text: string) => void }) {
  const { t } = useTranslation()
  const [isCopied, setCopied] = useState(false)
  const copy = (): void => {
    onCopy(text)
    setCopied(true)
  }
  return (
    <span className="copyable">
      <code tabIndex={-1}>{text}</code>
      <button type="button" className="icon-button" aria-label={t('common.copyText', { text })} title={t('common.copy')} onClick={copy} onBlur={() => setCopied(false)} onPointerLeave={() => setCopied(false)}>
        <Icon name={isCopied ? 'check' : 'copy'} />
      </button>
      <span className="hidden-text" role="status">{isCopied ? t('common.copied') : ''}</span>
    </span>
  )
}
