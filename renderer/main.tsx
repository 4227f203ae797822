import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { App } from './app/app.tsx'
import { followEngine } from './state/engine.ts'
import { openLanguage } from './state/language.ts'
import { followHistory } from './state/router.ts'
import './styles/all.css'

// zod would make functions of text, which the content policy forbids.
z.config({ jitless: true })

await openLanguage()
followHistory()
followEngine()
createRoot(document.getElementById('root')!).render(<App />)
