/** Files: the folders as they were, each file to open or look at, and what it was before. */
import { useMemo, useState } from 'preact/hooks'
import { fold } from '../../tokens.ts'
import { useSpeech } from '../context.tsx'
import { useLater } from '../data/async.ts'
import { type FileFolder, type FileItem, type FileTree, filesBelow, fileTree } from '../data/files.ts'
import { filesOf } from '../data/tables.ts'
import { useVault } from '../data/vault.tsx'
import { Empty, Unreadable } from '../parts/empty.tsx'
import { Choice, FindField } from '../parts/fields.tsx'
import { FileDialog } from '../parts/file-dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { kindIcon } from '../parts/kind.tsx'
import { ScreenLoading } from '../parts/screen-loading.tsx'
import { Name } from '../parts/text.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { goTo, type Params, routeHref } from '../route.ts'

/** `path`: folder names as JSON, from the drive down. */
export function FilesScreen({ params }: { readonly params: Params }) {
  const { t } = useSpeech()
  const { library, asOf } = useVault()
  const files = useLater(() => filesOf(library), [library])
  const table = files.state === 'ready' ? files.value : null
  const tree = useMemo(() => (table ? fileTree(library, table, asOf) : null), [library, table, asOf])
  if (!library.overview.collections.some(({ service }) => service === 'files')) {
    return (
      <Empty icon="files" title={t('files.none')}>
        <p>{t('service.none')}</p>
      </Empty>
    )
  }
  if (files.state === 'failed') return <Unreadable whole />
  if (!tree) return <ScreenLoading screen="files" service="files" />
  return <Browser tree={tree} path={parsePath(params['path'], params['folder'], tree.root)} />
}

function parsePath(text: string | undefined, collection: string | undefined, root: FileFolder): string[] {
  try {
    const path: unknown = JSON.parse(text ?? '')
    if (Array.isArray(path)) return path.map(String)
  } catch {
    // No path yet.
  }
  const drive = [...root.folders.values()].find((folder) => String(folder.collection) === collection)
  if (drive) return [drive.name]
  // One drive: one need not choose it.
  return root.folders.size === 1 ? [...root.folders.keys()] : []
}

const sorts = ['name', 'newest', 'size'] as const
type Sort = (typeof sorts)[number]

type Line = { readonly kind: 'folder'; readonly folder: FileFolder } | { readonly kind: 'file'; readonly place: number }

function Browser({ tree, path }: { readonly tree: FileTree; readonly path: readonly string[] }) {
  const { t, compare } = useSpeech()
  const [words, setWords] = useState('')
  const [sort, setSort] = useState<Sort>('name')
  const [opened, setOpened] = useState<FileItem | null>(null)
  const folder = path.reduce<FileFolder | undefined>((found, name) => found?.folders.get(name), tree.root)
  const lines = useMemo(() => (folder ? linesOf(tree, folder, words, sort, compare) : []), [tree, folder, words, sort, compare])
  const open = (line: Line): void => {
    if (line.kind === 'file') setOpened(tree.item(line.place))
    else {
      setWords('')
      goTo('files', { path: JSON.stringify(line.folder.path) })
    }
  }
  return (
    <div class="page wide column">
      <div class="page-head">
        <div>
          <h1>{t('nav.files')}</h1>
          <Crumbs path={path} />
        </div>
        <div class="row no-print">
          <FindField label={t('files.find')} value={words} onFind={setWords} class="field find" />
          <Choice
            label={t('files.sort')}
            values={sorts}
            chosen={sort}
            wordOf={(known) => t(`files.sort.${known}`)}
            onChoose={setSort}
          />
        </div>
      </div>
      {lines.length === 0 ? (
        <Empty icon="files" title={t(words ? 'files.nothing' : 'files.empty')} />
      ) : (
        <div class="sheet">
          <VirtualList rows={lines} label={t('files.list')} height={54} selected={-1} onSelect={open}>
            {(line) =>
              line.kind === 'folder' ? (
                <FolderLine folder={line.folder} />
              ) : (
                <FileLine item={tree.item(line.place)} withPath={words !== ''} />
              )
            }
          </VirtualList>
        </div>
      )}
      {opened && <FileDialog item={opened} onClose={() => setOpened(null)} />}
    </div>
  )
}

function Crumbs({ path }: { readonly path: readonly string[] }) {
  const { t } = useSpeech()
  return (
    <nav class="crumbs" aria-label={t('files.path')}>
      <ol>
        <li>
          <a href={routeHref('files', { path: '[]' })}>{t('files.all')}</a>
        </li>
        {path.map((name, at) => (
          <li key={path.slice(0, at + 1).join('/')}>
            <a
              href={routeHref('files', { path: JSON.stringify(path.slice(0, at + 1)) })}
              aria-current={at === path.length - 1 ? 'page' : undefined}
            >
              <Name text={name} />
            </a>
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** Folders first. With words: every file below whose name holds them. */
function linesOf(
  tree: FileTree,
  folder: FileFolder,
  words: string,
  sort: Sort,
  compare: (a: string, b: string) => number,
): Line[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean)
  const holds = (place: number): boolean => {
    const name = fold(tree.row(place).name)
    return wanted.every((word) => name.includes(word))
  }
  const files = wanted.length === 0 ? [...folder.files] : filesBelow(folder).filter(holds)
  files.sort((one, other) => {
    const [a, b] = [tree.row(one), tree.row(other)]
    if (sort === 'newest') return b.modified - a.modified
    if (sort === 'size') return b.size - a.size
    return compare(a.name, b.name)
  })
  const folders = wanted.length > 0 ? [] : [...folder.folders.values()].sort((a, b) => compare(a.name, b.name))
  return [
    ...folders.map((one): Line => ({ kind: 'folder', folder: one })),
    ...files.map((place): Line => ({ kind: 'file', place })),
  ]
}

function FolderLine({ folder }: { readonly folder: FileFolder }) {
  const { t, size } = useSpeech()
  return (
    <div class={`file-line ${folder.isRemoved ? 'removed' : ''}`}>
      <Icon name="folder" />
      <span class="ellipsis">
        <b>
          <Name text={folder.name} />
        </b>
        {folder.isRemoved && <span class="chip warn">{t('removed')}</span>}
      </span>
      <span class="faint">{t('files.count', { n: folder.count })}</span>
      <span class="faint number">{size(folder.size)}</span>
    </div>
  )
}

function FileLine({ item, withPath }: { readonly item: FileItem; readonly withPath: boolean }) {
  const { t, size, listDate } = useSpeech()
  return (
    <div class={`file-line ${item.isRemoved ? 'removed' : ''}`}>
      <Icon name={kindIcon(item.row.kind)} />
      <span class="ellipsis">
        <b>
          <Name text={item.row.name} />
        </b>
        {withPath && (
          <span class="faint">
            {' '}
            <Name text={item.row.folder.join(' / ')} />
          </span>
        )}
        {item.isRemoved && <span class="chip warn">{t('removed')}</span>}
        {item.versions.length > 0 && <span class="chip">{t('files.versions', { n: item.versions.length })}</span>}
      </span>
      <span class="faint number">{listDate(item.row.modified * 1000)}</span>
      <span class="faint number">{size(item.row.size)}</span>
    </div>
  )
}
