import { paretoPlot } from './paretoPlot';

describe('paretoPlot', () => {
  const drawn = (points: Parameters<typeof paretoPlot>[0]['points']) =>
    paretoPlot({
      title: 'Cost & risk',
      xLabel: 'cost',
      yLabel: 'risk',
      points,
    });

  it('draws each point, joins those that none beats and reads out the figures', () => {
    const svg = drawn([
      { name: 'cheap', x: 1, y: 4 },
      { name: 'beaten <by ours>', x: 3, y: 3 },
      { name: 'ours', x: 2, y: 2, ours: true },
      { name: 'safe', x: 4, y: 1 },
      { name: 'unknown', x: NaN, y: 1 },
    ]);
    expect(svg).toContain('<title id="title">Cost &amp; risk</title>');
    expect(svg).toContain(
      '<desc id="desc">cheap: cost 1, risk 4; beaten &lt;by ours&gt;: cost 3, risk 3; ours (ours): cost 2, risk 2; safe: cost 4, risk 1</desc>',
    );
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg.match(/<rect class="ours"/g)).toHaveLength(1);
    expect(svg).not.toContain('unknown');
    const [cheap, ours, safe] = /<polyline[^>]* points="([^"]*)"/
      .exec(svg)![1]
      .split(' ')
      .map(point => point.split(',').map(Number));
    expect(cheap[0]).toBeLessThan(ours[0]);
    expect(ours[0]).toBeLessThan(safe[0]);
    // Less is further down.
    expect(cheap[1]).toBeLessThan(ours[1]);
    expect(ours[1]).toBeLessThan(safe[1]);
  });

  it.each([
    ['one point', [{ name: 'only', x: 0, y: 0 }]],
    ['none', []],
  ])('draws %s without NaN', (_, points) => {
    expect(drawn(points)).not.toContain('NaN');
  });
});
