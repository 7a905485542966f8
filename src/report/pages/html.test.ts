import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { htmlReport, type Report } from './html.js';
import { dagFigure } from '../figures/dag-figure.js';

const hostile = `<script>alert("1")</script> & 'more'`;
const report: Report = {
  title: hostile,
  subtitle: hostile,
  sections: [
    {
      heading: hostile,
      paragraphs: [hostile],
      tables: [
        {
          caption: hostile,
          columns: [hostile, { heading: 'RMSE (s)', align: 'right' }],
          rows: [[hostile, '1.26 ± 0.64']],
          notes: [hostile],
        },
      ],
      figures: [{ svg: `<?xml version="1.0"?>\n${dagFigure()}`, caption: hostile }],
      code: hostile,
    },
  ],
};
const page = htmlReport(report);
const { document } = parseHTML(page);

describe('htmlReport', () => {
  it('escapes all text, everywhere', () => {
    expect(page).not.toContain('<script');
    expect(page.split('&lt;script&gt;').length - 1).toBe(13);
    expect(document.querySelector('h1')!.textContent).toBe(hostile);
    expect(document.querySelector('tbody th')!.textContent).toBe(hostile);
  });

  it('is one page that fetches nothing', () => {
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(page).not.toMatch(/\s(src|href)=(?!"data:image)|@import|url\(/);
    expect(page).not.toContain('<svg');
  });

  it('names sections, columns, rows, tables and figures', () => {
    expect(document.querySelectorAll('section > h2')).toHaveLength(1);
    expect(document.querySelectorAll('thead th[scope=col]')).toHaveLength(2);
    expect(document.querySelectorAll('tbody th[scope=row]')).toHaveLength(1);
    expect(document.querySelectorAll('td.number')).toHaveLength(1);
    expect(document.querySelectorAll('table > caption')).toHaveLength(1);
    expect(document.querySelectorAll('figure > .drawing > img[alt]')).toHaveLength(1);
    expect(document.querySelectorAll('figure > figcaption')).toHaveLength(1);
  });

  it('refuses a figure that is not SVG', () => {
    const sections = [{ heading: 'h', figures: [{ svg: 'figure.png', caption: 'a picture' }] }];
    expect(() => htmlReport({ title: 't', sections })).toThrow("figure 'a picture' is not an SVG");
  });
});
