/** Line icons on a 24-unit grid, drawn for this page. */
const paths = {
  overview: 'M4 11.5 12 4.5l8 7V20h-5.5v-5.5h-5V20H4z',
  mail: 'M3.5 6h17v12.5h-17zM4 6.5l8 6.5 8-6.5',
  search: 'M10.5 4.5a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM15 15l5 5',
  contacts: 'M12 4.5a3.7 3.7 0 1 1 0 7.4 3.7 3.7 0 0 1 0-7.4zM4.5 20c.6-4 3.5-5.8 7.5-5.8s6.9 1.8 7.5 5.8',
  calendar: 'M4 6h16v14H4zM4 10.5h16M8 3.5V8M16 3.5V8',
  files: 'M3.5 6h6l2 2.5h9V19h-17z',
  documents: 'M6.5 3.5h7.5l4 4V20.5h-11.5zM14 3.5v4h4M9.5 12h5.5M9.5 15.5h5.5',
  help: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9.5 9.5c.1-3.3 5.1-3.1 5 .1 0 2-2.5 2.2-2.5 4.2M12 16.5v.6',
  attachment: 'M19 11.5l-7.3 7a4.2 4.2 0 0 1-6-6l7.6-7.4a2.8 2.8 0 0 1 4 4l-7.4 7.2a1.3 1.3 0 0 1-2-2l6.6-6.3',
  star: 'M12 4l2.4 5.1 5.6.7-4.1 3.8 1.1 5.5L12 16.4 7 19.1l1.1-5.5L4 9.8l5.6-.7z',
  reply: 'M10 6 4.5 11.5 10 17M5 11.5h8c4 0 6.5 2 6.5 6',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  next: 'M9.5 5.5 16 12l-6.5 6.5',
  down: 'M5.5 9.5 12 16l6.5-6.5',
  close: 'M6 6l12 12M18 6 6 18',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
  save: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  folder: 'M3.5 6h6l2 2.5h9V19h-17z',
  file: 'M6.5 3.5h7.5l4 4V20.5h-11.5zM14 3.5v4h4',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 4.5M15.5 8.5h.6',
  music: 'M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-2.5-2.5H9M19 15.5a2.5 2.5 0 1 1-2.5-2.5H19',
  video: 'M4 6h11v12H4zM15 10.5l5-3v9l-5-3',
  archive: 'M4 5h16v4H4zM5.5 9v10.5h13V9M10 12.5h4',
  clock: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.5V12l3.2 2',
  shield: 'M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2.2 2.2L15.2 10',
  warning: 'M12 4.5 3.5 19.5h17zM12 10v4.5M12 17v.4',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  menu: 'M4 7h16M4 12h16M4 17h16',
  language: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.5 12h17M12 3.5c-5 5-5 12 0 17 5-5 5-12 0-17z',
  repeat: 'M4.5 11a5 5 0 0 1 5-4.5h9M15.5 3.5l3 3-3 3M19.5 13a5 5 0 0 1-5 4.5h-9M8.5 20.5l-3-3 3-3',
  place: 'M12 21c4.5-4.5 6.5-7.7 6.5-10.5a6.5 6.5 0 0 0-13 0C5.5 13.3 7.5 16.5 12 21zM12 8.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4z',
  sort: 'M7 5v14M4 16l3 3 3-3M13 7h7M13 12h5M13 17h3',
  disk: 'M3.5 6.5h17v11h-17zM3.5 13.5h17M7 15.5h.6M10 15.5h.6',
  bring: 'M4.5 12a7.5 7.5 0 1 0 2.4-5.5M4.5 4.5v4h4M12 8v4.3l2.8 1.7',
  settings: 'M4 7.5h8M16 7.5h4M14 5.3v4.4M4 16.5h3M11 16.5h9M9 14.3v4.4',
  check: 'M5 12.5 10 17.5 19.5 7',
  plus: 'M12 5v14M5 12h14',
  pause: 'M9 5.5v13M15 5.5v13',
  stop: 'M6.5 6.5h11v11h-11z',
  play: 'M8 5.5 18 12 8 18.5z',
  eject: 'M12 5l7 8.5H5zM5 18h14',
  locked: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  threads: 'M4 5h12v8H8l-4 3.5zM19 9v8.5L16 15h-4.5',
} as const

export type IconName = keyof typeof paths

/** Decoration only: whatever it stands beside or inside says the same in words. */
export function Icon({ name, class: extra }: { readonly name: IconName; readonly class?: string }) {
  return (
    <svg class={`icon ${extra ?? ''}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
