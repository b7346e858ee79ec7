/** Where the page begins: finds out which data belongs to it and shows it. */
import { render } from 'preact'
import { App } from './app.tsx'
import { scriptLoader } from './data/script-loader.ts'
import type { ViewerStore } from './data/store.ts'
import { chosenFolder } from './data/vault-folder.ts'
import { applyTheme, savedTheme } from './preferences.ts'

interface VaultData {
  readonly dataFolder: string
  readonly vaultName: string
}

function vaultData(): VaultData {
  try {
    return JSON.parse(document.getElementById('vault')?.textContent ?? '') as VaultData
  } catch {
    return { dataFolder: '', vaultName: '' }
  }
}

/** Addresses are relative to the page, which lies in the vault's root. Each name is encoded: `#`, `%` and `?` occur in them. */
function address(path: string): string {
  return `./${path.split('/').map(encodeURIComponent).join('/')}`
}

const { dataFolder, vaultName } = vaultData()
const store: ViewerStore = {
  loadShard: scriptLoader(address(/^viewer-[0-9a-f]{32}$/.test(dataFolder) ? dataFolder : 'viewer-missing')),
  fileAddress: address,
  files: chosenFolder,
}

applyTheme(savedTheme())
const place = document.getElementById('app')
if (place) render(<App store={store} vaultName={vaultName} />, place)
