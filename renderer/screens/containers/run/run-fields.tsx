import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useLive } from '../../../state/live.ts'
import { Field } from '../../../ui/field.tsx'
import type { RunDraft } from './run-draft.ts'
import { RowsField, type RowsColumn } from './rows-field.tsx'

interface RunFieldsProps {
  draft: RunDraft
  areSecretsShown: boolean
  onChange: (part: Partial<RunDraft>) => void
}

/** The fields of a run. */
export function RunFields(props: RunFieldsProps) {
  return (
    <>
      <Basics {...props} />
      <Lists {...props} />
      <Limits {...props} />
    </>
  )
}

function Basics({ draft, onChange }: RunFieldsProps) {
  const { t } = useTranslation()
  const images = useLive('image').objects
  const id = useId()
  return (
    <>
      <div className="fields">
        <Field label={t('run.image')}><input type="text" required data-first list={id} value={draft.image} placeholder="nginx:latest" onChange={(event) => onChange({ image: event.target.value })} /></Field>
        <datalist id={id}>{images.flatMap(({ tags }) => tags).map((tag) => <option key={tag} value={tag}>{tag}</option>)}</datalist>
        <Field label={t('run.name')}><input type="text" value={draft.name} placeholder={t('run.namePlaceholder')} onChange={(event) => onChange({ name: event.target.value })} /></Field>
      </div>
      <Field label={t('run.commandField')}><input type="text" value={draft.command} placeholder={t('run.commandPlaceholder')} onChange={(event) => onChange({ command: event.target.value })} /></Field>
    </>
  )
}

function Lists({ draft, areSecretsShown, onChange }: RunFieldsProps) {
  const { t } = useTranslation()
  const port: RowsColumn<RunDraft['ports'][number]>[] = [
    { key: 'host', label: t('run.hostPort'), placeholder: '8080' },
    { key: 'container', label: t('run.containerPort'), placeholder: '80' },
    { key: 'protocol', label: t('run.protocol'), options: [['tcp', 'TCP'], ['udp', 'UDP'], ['sctp', 'SCTP']] },
  ]
  const variable: RowsColumn<RunDraft['env'][number]>[] = [
    { key: 'name', label: t('column.name'), placeholder: 'NAME' },
    { key: 'value', label: t('object.value'), isHidden: ({ name }) => !areSecretsShown && draft.secrets.includes(name) },
  ]
  const mount: RowsColumn<RunDraft['mounts'][number]>[] = [
    { key: 'source', label: t('run.mountSource'), placeholder: t('run.mountPlaceholder') },
    { key: 'target', label: t('container.mountTarget'), placeholder: '/data' },
    { key: 'isReadOnly', label: t('container.readOnly'), isSwitch: true },
  ]
  return (
    <>
      <RowsField title={t('run.ports')} add={t('run.addPort')} rows={draft.ports} empty={{ host: '', container: '', protocol: 'tcp' }} onChange={(ports) => onChange({ ports })} columns={port} />
      <RowsField title={t('run.env')} add={t('run.addVariable')} rows={draft.env} empty={{ name: '', value: '' }} onChange={(env) => onChange({ env })} columns={variable} />
      <RowsField title={t('run.mounts')} add={t('run.addMount')} rows={draft.mounts} empty={{ source: '', target: '', isReadOnly: false }} onChange={(mounts) => onChange({ mounts })} columns={mount} />
    </>
  )
}

function Limits({ draft, onChange }: RunFieldsProps) {
  const { t } = useTranslation()
  const networks = useLive('network').objects
  return (
    <>
      <div className="fields">
        <Field label={t('run.network')}>
          <select value={draft.network} onChange={(event) => onChange({ network: event.target.value })}>
            <option value="">{t('run.defaultNetwork')}</option>
            {draft.network !== '' && !networks.some(({ name }) => name === draft.network) && <option value={draft.network}>{draft.network}</option>}
            {networks.map(({ id, name }) => <option key={id} value={name}>{name}</option>)}
          </select>
        </Field>
        <Field label={t('run.restart')}>
          <select value={draft.restart} onChange={(event) => onChange({ restart: event.target.value as RunDraft['restart'] })}>
            {(['no', 'on-failure', 'unless-stopped', 'always'] as const).map((policy) => <option key={policy} value={policy}>{t(`restartPolicy.${policy}`)}</option>)}
          </select>
        </Field>
        <Field label={t('run.cpus')}><input type="number" min="0.01" step="0.01" value={draft.cpus} placeholder={t('run.noLimit')} onChange={(event) => onChange({ cpus: event.target.value })} /></Field>
        <Field label={t('run.memory')}><input type="number" min="6" step="1" value={draft.memoryMiB} placeholder={t('run.noLimit')} onChange={(event) => onChange({ memoryMiB: event.target.value })} /></Field>
      </div>
      <div className="buttons">
        {(['hasTty', 'hasInit', 'isRemovedAtEnd'] as const).map((flag) => (
          <label key={flag} className="check"><input type="checkbox" checked={draft[flag]} onChange={(event) => onChange({ [flag]: event.target.checked })} /> {t(`run.${flag}`)}</label>
        ))}
      </div>
    </>
  )
}
