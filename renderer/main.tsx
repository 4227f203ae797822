import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { loadViews } from './app/views.ts'
import { followEngine } from './state/engine.ts'
import { openLanguage } from './state/language.ts'
import { followHistory } from './state/router.ts'
import './styles/all.css'

await openLanguage()
followHistory()
followEngine()
createRoot(document.getElementById('root')!).render(<App />)
loadViews()
