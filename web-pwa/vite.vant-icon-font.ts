// Leaves Vant's icon font out of its stylesheet: the application draws its own icons as SVG, and 25 kB that nobody sees
// are 25 kB too many on 2G. Vant ships the font as a `data:` address with a foreign host as the second choice, neither of
// which the content security policy allows.
import type { Plugin } from 'vite';

const stylesheet = /\/vant\/(?:es|lib)\/icon\/index\.css$/;
const face = /@font-face\s*\{[^}]*\}/;

export function withoutVantIconFont(): Plugin {
  return {
    name: 'without-vant-icon-font',
    enforce: 'pre',
    transform(css, id) {
      const file = id.split('?')[0] ?? id;
      if (!stylesheet.test(file)) return null;
      if (!face.test(css)) throw new Error(`${file}: the icon font is not where it was in Vant 4.10`);
      return { code: css.replace(face, ''), map: null };
    },
  };
}
