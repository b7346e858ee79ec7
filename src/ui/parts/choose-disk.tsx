/** The disks that are plugged in, each with what speaks for and against it. */
import { useEffect, useId, useState } from 'preact/hooks'
import type { Volume } from '../../api/desktop/contract.ts'
import { Empty, Loading } from '../../viewer/page/parts/empty.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { get, post } from '../api.ts'
import { useWords } from '../context.tsx'
import { useDoing } from './action.tsx'
import { FailureNote } from './failure.tsx'
import { FolderField } from './folder-field.tsx'

/** Milliseconds between two looks for a disk that is just being plugged in. */
const lookEvery = 4000
const otherFolder = ''

/** Null until they are known. */
function useVolumes(): readonly Volume[] | null {
  const [volumes, setVolumes] = useState<readonly Volume[] | null>(null)
  useEffect(() => {
    let current = true
    const look = () =>
      void get<Volume[]>('/volumes').then(
        (found) => current && setVolumes(found),
        () => undefined,
      )
    look()
    const timer = setInterval(look, lookEvery)
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [])
  return volumes
}

export function ChooseDisk({ onChosen }: { readonly onChosen: (id: string) => void }) {
  const { t } = useWords()
  const volumes = useVolumes()
  const doing = useDoing()
  const [chosen, setChosen] = useState<string | null>(null)
  const [folder, setFolder] = useState('')
  const [name, setName] = useState<string | null>(null)
  const nameHint = useId()
  if (volumes === null) return <Loading />
  const usual = volumes.find(({ verdict, kind }) => verdict === 'suitable' && kind !== 'internal')?.path
  const path = chosen ?? usual ?? null
  const volume = volumes.find((one) => one.path === path)
  const suggestion = volume ? volumeName(volume, t('choose.own')) : (folder.split(/[\\/]/).findLast((part) => part !== '') ?? '')
  const place = path === otherFolder ? folder : path
  const use = () =>
    doing.run(async () => {
      const { id } = await post<{ readonly id: string }>('/disks', { path: place, name: name ?? suggestion })
      onChosen(id)
    })
  return (
    <form
      class="card begin-card"
      onSubmit={(event) => {
        event.preventDefault()
        if (place) void use()
      }}
    >
      <fieldset class="choices">
        <legend class="hidden-text">{t('choose.title')}</legend>
        {volumes.map((one) => (
          <VolumeChoice key={one.path} volume={one} checked={path === one.path} onChoose={() => setChosen(one.path)} />
        ))}
        <label class="choice">
          <input type="radio" name="disk" checked={path === otherFolder} onChange={() => setChosen(otherFolder)} />
          <span>
            <b>{t('choose.other')}</b>
          </span>
        </label>
      </fieldset>
      {path === otherFolder && <FolderField label={t('choose.path')} value={folder} onChange={setFolder} />}
      {volumes.every(({ kind }) => kind === 'internal') && <p class="soft">{t('choose.waiting')}</p>}
      {place && (
        <label class="labelled">
          <span>{t('choose.name')}</span>
          <input
            class="field"
            value={name ?? suggestion}
            maxLength={80}
            aria-describedby={nameHint}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <span class="faint" id={nameHint}>
            {t('choose.nameHint')}
          </span>
        </label>
      )}
      {doing.failure && <FailureNote failure={doing.failure} />}
      <div class="row">
        <button type="submit" class="button primary" disabled={!place} aria-disabled={doing.busy}>
          {t('choose.use')}
        </button>
      </div>
    </form>
  )
}

function volumeName({ name }: Volume, own: string): string {
  return name || own
}

function VolumeChoice({
  volume,
  checked,
  onChoose,
}: {
  readonly volume: Volume
  readonly checked: boolean
  readonly onChoose: () => void
}) {
  const { t, size } = useWords()
  const { kind, free, total, verdict, notes, found } = volume
  const isSuitable = verdict === 'suitable'
  return (
    <label class={`choice ${isSuitable ? '' : 'unsuitable'}`}>
      <input type="radio" name="disk" checked={checked} disabled={!isSuitable} onChange={onChoose} />
      <span>
        <b>{volumeName(volume, t('choose.own'))}</b> <span class="faint">{t(`choose.${kind}`)}</span>
        <span class={`chip ${isSuitable && notes.length === 0 ? 'good' : isSuitable ? '' : 'warn'}`}>
          {t(`choose.${verdict}`)}
        </span>
        <span class="faint line">{t('choose.free', { free: size(free), total: size(total) })}</span>
        {notes.map((note) => (
          <span key={note} class="soft line">
            {t(`choose.${note}`)}
          </span>
        ))}
        {found.map(({ id, accounts }) => (
          <span key={id} class="soft line">
            {t('choose.has', { accounts: accounts.join(', ') || '–' })}
          </span>
        ))}
      </span>
    </label>
  )
}

/** A disk that was written by Lifeboat before, here or elsewhere. */
export function OpenDisk({ onOpened }: { readonly onOpened: (id: string) => void }) {
  const { t } = useWords()
  const volumes = useVolumes()
  const doing = useDoing()
  const [folder, setFolder] = useState('')
  if (volumes === null) return <Loading />
  const found = volumes.flatMap((volume) => volume.found.map((disk) => ({ ...disk, volume })))
  const open = (path: string, name: string) =>
    void doing.run(async () => onOpened((await post<{ readonly id: string }>('/disks/open', { path, name })).id))
  return (
    <div class="card begin-card">
      {found.length === 0 && (
        <Empty icon="disk" title={t('choose.haveNone')}>
          <p>{t('choose.waiting')}</p>
        </Empty>
      )}
      <ul class="bare spaced">
        {found.map(({ id, folder: path, accounts, volume }) => (
          <li key={path} class="found-disk">
            <Icon name="disk" />
            <span>
              <b>{volumeName(volume, t('choose.own'))}</b>
              <span class="faint line">{accounts.join(', ')}</span>
              <span class="faint line path">{path}</span>
            </span>
            <button
              key={id}
              type="button"
              class="button primary"
              aria-disabled={doing.busy}
              onClick={() => open(path, volumeName(volume, t('choose.own')))}
            >
              {t('choose.open')}
            </button>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t('choose.other')}</summary>
        <FolderField label={t('choose.path')} value={folder} onChange={setFolder} />
        <div class="row">
          <button type="button" class="button" disabled={folder === ''} onClick={() => open(folder, '')}>
            {t('choose.open')}
          </button>
        </div>
      </details>
      {doing.failure && <FailureNote failure={doing.failure} />}
    </div>
  )
}
