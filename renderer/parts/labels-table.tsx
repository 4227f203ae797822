import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty, Section } from '../ui/page.tsx'

/** Names and values that somebody outside chose, such as labels. */
export function LabelsTable({ title, labels }: { title: string; labels: Readonly<Record<string, string>> }) {
  const { t } = useTranslation()
  const rows = useMemo(() => Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)), [labels])
  return (
    <Section title={title}>
      {rows.length === 0 && <Empty title={t('object.noLabels')} />}
      {rows.length > 0 && (
        <table className="pairs">
          <thead className="hidden-text">
            <tr><th scope="col">{t('column.name')}</th><th scope="col">{t('object.value')}</th></tr>
          </thead>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}><th scope="row">{name}</th><td>{value}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
