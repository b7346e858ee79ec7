/** Where the app begins. */
import { render } from 'preact'
import { applyTheme, savedTheme } from '../viewer/page/preferences.ts'
import { App } from './app.tsx'

applyTheme(savedTheme())
const place = document.getElementById('app')
if (place) render(<App />, place)
