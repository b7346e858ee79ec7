/** Proving that it comes back, and what was proven. */
import { useRef, useState } from 'preact/hooks'
import type { DrillResult } from '../../api/contract.ts'
import type { ProofEntry } from '../../api/desktop/contract.ts'
import { Empty } from '../../viewer/page/parts/empty.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'
import { startJob } from '../jobs.ts'
import { Action } from '../parts/action.tsx'
import { type DiskProps, WithDisk } from '../parts/disk-choice.tsx'
import { JobHere } from '../parts/job-here.tsx'
import { ProofEnd } from '../parts/proof-end.tsx'
import type { Params } from '../route.ts'
import { recoverySpan } from '../times.ts'

export function ProofScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  return (
    <WithDisk screen="proof" title={t('proof.title')} lead={t('proof.lead')} params={params}>
      {(props) => <Proofs {...props} />}
    </WithDisk>
  )
}

/** Items of each kind in a quick proof. */
const quickSample = 500

function Proofs({ disk, snapshot }: DiskProps) {
  const { t, language } = useWords()
  const [thorough, setThorough] = useState(true)
  const [job, setJob] = useState<string | null>(null)
  const [open, setOpen] = useState<string | null>(null)
  const run = async () => {
    const sample = thorough ? {} : { sample: quickSample }
    setJob((await startJob({ kind: 'drill', request: { vault: disk.folder, language, ...sample } })).id)
  }
  const again = (
    <button type="button" class="button" onClick={() => setJob(null)}>
      {t('action.back')}
    </button>
  )
  return (
    <>
      {job === null ? (
        <section class="card">
          <fieldset class="choices">
            <legend>{t('proof.how')}</legend>
            <label class="choice">
              <input type="radio" name="how" checked={thorough} onChange={() => setThorough(true)} />
              <b>{t('proof.full')}</b>
            </label>
            <label class="choice">
              <input type="radio" name="how" checked={!thorough} onChange={() => setThorough(false)} />
              <b>{t('proof.quick')}</b>
            </label>
          </fieldset>
          <div class="row">
            <Action primary work={run}>
              {t('proof.run')}
            </Action>
          </div>
          <p class="faint">{t('proof.untouched')}</p>
        </section>
      ) : (
        <JobHere id={job} otherwise={again}>
          {({ report }) => (
            <section class="card ended">
              <ProofEnd result={report as DrillResult} />
              <div class="row">{again}</div>
            </section>
          )}
        </JobHere>
      )}
      <section class="block" aria-labelledby="history">
        <h2 id="history">{t('proof.history')}</h2>
        {snapshot.proofs.length === 0 ? (
          <Empty icon="shield" title={t('proof.none')} />
        ) : (
          <ol class="proofs">
            {snapshot.proofs.map((proof) => (
              <Entry
                key={proof.file}
                disk={disk.id}
                proof={proof}
                open={open === proof.file}
                onOpen={() => setOpen(open === proof.file ? null : proof.file)}
              />
            ))}
          </ol>
        )}
      </section>
    </>
  )
}

interface EntryProps {
  readonly disk: string
  readonly proof: ProofEntry
  readonly open: boolean
  readonly onOpen: () => void
}

function Entry({ disk, proof, open, onOpen }: EntryProps) {
  const words = useWords()
  const { t, dateTime, number } = words
  const frame = useRef<HTMLIFrameElement>(null)
  const address = `/disk/${encodeURIComponent(disk)}/proofs/${encodeURIComponent(proof.file)}`
  const when = dateTime(Date.parse(proof.ended))
  return (
    <li class="card proof-entry">
      <div class="proof-head">
        <Icon
          name={proof.verdict === 'not-proven' ? 'warning' : 'shield'}
          class={proof.verdict === 'not-proven' ? 'bad' : 'fine'}
        />
        <div>
          <h3>
            {t(`proof.${proof.verdict}`)} <span class="soft">{when}</span>
          </h3>
          <p class="faint">
            {t('proof.items', { same: number(proof.identical), n: number(proof.items) })} ·{' '}
            {t('proof.recovery', { span: recoverySpan(words, proof.recoverySeconds, proof.untimed) })}
          </p>
        </div>
        <div class="row">
          <button type="button" class="button" aria-expanded={open} onClick={onOpen}>
            {t('proof.open')}
            <span class="hidden-text"> {when}</span>
          </button>
          <a class="button quiet" href={address} download={`Lifeboat proof ${proof.file}`}>
            {t('proof.export')}
            <span class="hidden-text"> {when}</span>
          </a>
        </div>
      </div>
      {open && (
        <>
          <iframe
            ref={frame}
            class="proof-page"
            title={t('proof.page', { date: when })}
            src={address}
            sandbox="allow-same-origin allow-modals"
          />
          <div class="row">
            <button type="button" class="button" onClick={() => frame.current?.contentWindow?.print()}>
              <Icon name="print" />
              {t('proof.print')}
            </button>
          </div>
        </>
      )}
    </li>
  )
}
