import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Container } from '#contract/container.ts'
import { ProblemBox } from '../../parts/problem-box.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/page.tsx'

/** A container's environment; what looks like a secret is shown only when asked for. */
export function Environment({ container: { id, state } }: { container: Container }) {
  const { t } = useTranslation()
  const [isRevealed, setRevealed] = useState(false)
  const detail = useAnswer(`container.get ${id} ${state} ${isRevealed}`, (api, signal) => api.container.get({ id, reveal: isRevealed }, { signal }))
  const env = detail.value?.env ?? []
  if (detail.value && env.length === 0) return <Empty title={t('env.none')} />
  return (
    <div className="stack">
      <ProblemBox problem={detail.problem} />
      {env.some(({ isSecret }) => isSecret) && (
        <div className="buttons">
          <Button icon="eye" aria-pressed={isRevealed} onClick={() => setRevealed(!isRevealed)}>{t(isRevealed ? 'env.hide' : 'env.reveal')}</Button>
          <span className="muted">{t('env.masked')}</span>
        </div>
      )}
      <table className="pairs">
        <thead className="hidden-text">
          <tr><th scope="col">{t('column.name')}</th><th scope="col">{t('object.value')}</th></tr>
        </thead>
        <tbody>
          {env.map(({ name, value }) => (
            <tr key={name}><th scope="row"><code>{name}</code></th><td>{value === null ? <span className="muted">••••••••</span> : <code>{value}</code>}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
