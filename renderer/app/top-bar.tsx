import { useTranslation } from 'react-i18next'
import { desktop } from '../state/desktop.ts'
import { travel, ways } from '../state/router.ts'
import { useStore } from '../state/store.ts'
import { IconButton } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'

/** Back, forward, and the way into the palette. */
export function TopBar({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation()
  const { back, forward } = useStore(ways)
  return (
    <header className="top-bar">
      <IconButton icon="back" label={t('frame.back')} disabled={!back} onClick={() => travel('back')} />
      <IconButton icon="forward" label={t('frame.forward')} disabled={!forward} onClick={() => travel('forward')} />
      <button type="button" className="search-button" onClick={onSearch}>
        <Icon name="search" />
        <span>{t('palette.placeholder')}</span>
        <kbd>{desktop.start.platform === 'darwin' ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
    </header>
  )
}
