import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ResetScope } from '#contract/reset.ts'
import { Button } from '../../ui/button.tsx'
import { ResetDialog } from './reset-dialog.tsx'

const scopes: readonly ResetScope[] = ['data', 'all']

/** Beginning anew, in two sizes; each lists what it deletes before it does. */
export function Reset() {
  const { t } = useTranslation()
  const [scope, setScope] = useState<ResetScope>()
  return (
    <ul className="cards">
      {scopes.map((each) => (
        <li key={each} className="card">
          <h2>{t(`reset.${each}.title`)}</h2>
          <p className="muted">{t(`reset.${each}.text`)}</p>
          <Button look="danger" onClick={() => setScope(each)}>{t(`reset.${each}.button`)}</Button>
        </li>
      ))}
      {scope !== undefined && <ResetDialog scope={scope} onClose={() => setScope(undefined)} />}
    </ul>
  )
}
