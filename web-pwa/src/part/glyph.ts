// The icons, drawn for this application: strokes of one weight in a square of 24, so that they take the colour and the size
// of the words beside them.
export const glyphs = {
  amended: 'M4 20h16M6 16l1-4 9-9 3 3-9 9-4 1ZM14 5l3 3',
  back: 'M15 5l-7 7 7 7',
  chart: 'M4 20h16M7 16v-5M12 16V6M17 16v-8',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  circle: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z',
  comment: 'M4 5h16v11h-9l-4 4v-4H4V5ZM8 9h8M8 12.5h5',
  cross: 'M6 6l12 12M18 6L6 18',
  device: 'M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3ZM11 18h2',
  done: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM8 12.3l2.8 2.8L16 9.6',
  edit: 'M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5l-4.5 1ZM13.5 7l3.5 3.5',
  exchange: 'M4 9h14l-4-4M20 15H6l4 4',
  excused: 'M12 3.5l8.5 8.5-8.5 8.5L3.5 12 12 3.5ZM8.5 12h7',
  gap: 'M5 5h14v14H5V5Z',
  go: 'M9 5l7 7-7 7',
  home: 'M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6',
  info: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5.5M12 7.8v.2',
  later: 'M5 12h.1M12 12h.1M19 12h.1',
  lock: 'M6 11h12v9H6v-9ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  notes: 'M6 3.5h12v17H6v-17ZM9 8h6M9 12h6M9 16h3',
  plus: 'M12 5v14M5 12h14',
  return: 'M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H8',
  review: 'M5 4h14v9M5 4v16h6M9 8.5h6M9 12.5h3M13.5 17.5l2.3 2.3 4.2-4.3',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5L20 20',
  upload: 'M12 16V5M7.5 9L12 4.5 16.5 9M5 15v4.5h14V15',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5a7.5 7.5 0 0 1 15 0',
  warning: 'M12 4L21 19.5H3L12 4ZM12 10v4.5M12 16.8v.2',
  withdrawn: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM6.2 17.8L17.8 6.2',
};

export type GlyphName = keyof typeof glyphs;
