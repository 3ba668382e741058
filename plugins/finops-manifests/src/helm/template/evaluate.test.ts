import { evaluateTemplate } from './evaluate';
import { Marks, withoutMarks } from './marks';
import { parseTemplate, TemplateError } from './parseTemplate';
import { readTraced } from './readYaml';
import { valueOf } from './value';

function run(source: string, values: unknown = {}) {
  const marks = new Marks();
  const parsed = parseTemplate(source);
  const file = { path: 'templates/x.yaml', source, parsed };
  const named = new Map(
    [...parsed.defines].map(([name, nodes]) => [name, { nodes, file }]),
  );
  const asked = new Set<string>();
  const data = valueOf({ Release: { Name: 'shop' } });
  if (data.kind === 'map') {
    data.entries
      .set('Values', valueOf(values, []))
      .set('Capabilities', { kind: 'unknown', why: 'cluster' });
  }
  const text = evaluateTemplate(file, data, {
    marks,
    named,
    assumed: new Map(),
    asked,
    empty: new Map(),
  });
  return { text: withoutMarks(text), raw: text, marks, asked };
}

describe('templates', () => {
  // What Go 1.19's text/template with sprig 3.2.3 prints for the same.
  it.each([
    ['a {{- /* gone */ -}} b', 'ab'],
    [
      '{{ if and .Values.a (not .Values.b) }}x{{ else if .Values.b }}y{{ else }}z{{ end }}',
      'x',
    ],
    [
      '{{ range $i, $e := .Values.l }}{{ if $i }},{{ end }}{{ $e }}{{ else }}none{{ end }}',
      '1,2,3',
    ],
    [
      '{{ range .Values.l }}{{ if eq . 2.0 }}{{ break }}{{ end }}{{ . }}{{ end }}',
      '1',
    ],
    [
      '{{ range $k, $v := .Values.m }}{{ $k }}={{ $v.c }};{{ end }}',
      'p=1;q=2;',
    ],
    [
      '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}',
      '2',
    ],
    ['{{ with .Values.m.p }}{{ .c }}{{ $.Release.Name }}{{ end }}', '1shop'],
    [
      '{{ define "t" }}<{{ .v }}>{{ end }}{{ include "t" (dict "v" "w") | upper }}',
      '<W>',
    ],
    [
      '{{ printf "%s-%s" .Release.Name "x" | trunc 6 | trimSuffix "-" }}',
      'shop-x',
    ],
    [
      '{{ .Values.none | default "d" | quote }} {{ coalesce "" .Values.s }}',
      '"d" text',
    ],
    [
      '{{ index .Values.m "q" "c" }} {{ (index .Values.l 0) }} {{ len .Values.l }}',
      '2 1 3',
    ],
    [
      'x:{{ toYaml .Values.m | nindent 2 }}',
      'x:\n  p:\n    c: 1\n  q:\n    c: 2',
    ],
    [
      '{{ ternary "y" "n" (hasKey .Values.m "p") }}{{ empty .Values.e }}',
      'ytrue',
    ],
    ['{{ tpl "{{ .Values.s }}!" . }}{{ "a b" | squote }}', "text!'a b'"],
    [
      '{{ add 1 2 3 }} {{ mul 2 3 }} {{ div 7 2 }} {{ int "4" }} {{ max 1 5 2 }}',
      '6 6 3 4 5',
    ],
    [
      '{{ (merge (dict "a" 1) (dict "a" 2 "b" 3)).b }}{{ get (pick .Values.m "p") "p" | len }}',
      '31',
    ],
    [
      '{{ join "," (list "a" "b") }} {{ "a,b" | splitList "," | last }} {{ kindOf .Values.m }}',
      'a,b b map',
    ],
    ['{{ `raw "}}" text` }}', 'raw "}}" text'],
  ])('prints %s', (source, expected) => {
    expect(
      run(source, {
        a: true,
        b: false,
        s: 'text',
        e: {},
        l: [1, 2, 3],
        m: { p: { c: 1 }, q: { c: 2 } },
      }).text,
    ).toBe(expected);
  });

  it('keeps where each part comes from through includes, quotes and indentation', () => {
    const { raw, marks } = run(
      `{{ define "r" }}{{ toYaml . }}{{ end -}}
resources:
  {{- include "r" .Values.web.resources | nindent 2 }}
replicas: {{ .Values.web.count | int }}
image: "{{ .Values.web.image }}:1"
memory: 32Mi # stands here
`,
      {
        web: {
          resources: { requests: { cpu: '1' } },
          count: 3,
          image: 'x',
        },
      },
    );
    const [document] = readTraced(raw, marks)!;
    expect(document.plain).toEqual({
      resources: { requests: { cpu: '1' } },
      replicas: 3,
      image: 'x:1',
      memory: '32Mi',
    });
    expect(Object.fromEntries(document.origins)).toEqual({
      '/resources/requests/cpu': {
        kind: 'value',
        path: ['web', 'resources', 'requests', 'cpu'],
      },
      '/replicas': { kind: 'value', path: ['web', 'count'] },
      '/memory': expect.objectContaining({ kind: 'literal' }),
    });
    expect(document.mapOrigins.get('/resources')).toEqual([
      { kind: 'value', path: ['web', 'resources'] },
    ]);
  });

  it('asks about conditions that only a cluster decides', () => {
    expect(
      run('{{ if .Capabilities.APIVersions.Has "x" }}a{{ else }}b{{ end }}')
        .asked.size,
    ).toBe(1);
  });

  it.each([
    '{{ if true }}',
    '{{ end }}',
    '{{ "open',
    '{{ range .Capabilities.x }}{{ end }}',
    '{{ fail "no" }}',
    '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
    '{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}',
    '{{ repeat 9999999 "ab" }}',
  ])('refuses %s', source => {
    expect(() => run(source)).toThrow(TemplateError);
  });
});
