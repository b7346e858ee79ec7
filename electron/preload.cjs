/** What the window's page gets beyond a browser: picking a folder. Runs in the sandbox; nothing else passes. */
const { contextBridge, ipcRenderer } = require('electron')

contextBridge.exposeInMainWorld('lifeboat', {
  /** @returns {Promise<string | null>} null when the person changed their mind */
  pickFolder: () => ipcRenderer.invoke('pick-folder'),
})
