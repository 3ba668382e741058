import { snapshotOf } from '../testUtils';
import { planChange } from '../planChange';
import type { LocateTarget } from '../types';
import { RATIONALE, rightsize, targetOf } from '../testUtils';

const HELPERS = `{{- define "web.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}
{{- define "web.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ .Chart.Name }}
{{- end }}
`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
  {{- with .Values.deploymentAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels: {app: web}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
        {{- if .Values.proxy.enabled }}
        - name: proxy
          image: example/proxy:1
          resources:
            requests:
              cpu: {{ .Values.proxy.cpu | quote }}
              memory: 32Mi
        {{- end }}
`;

const AUTOSCALER = `{{- if .Values.autoscaling.enabled }}
apiVersion: {{ if .Capabilities.APIVersions.Has "autoscaling/v2" }}autoscaling/v2{{ else }}autoscaling/v2{{ end }}
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "web.fullname" . }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "web.fullname" . }}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .Values.autoscaling.targetCPUUtilizationPercentage }}
{{- end }}
`;

/** Values of the chart of {@link chartFiles}, with comments as people write them. */
export const VALUES = `# Values of the shop's web.
replicaCount: 3 # two are enough at night

image:
  repository: example/web
  tag: ""

podAnnotations: {}

# What one pod may take.
resources:
  requests:
    cpu: 500m   # measured in May
    memory: "512Mi"
  limits:
    memory: 1Gi

proxy: {enabled: true, cpu: 100m}

autoscaling:
  enabled: false
  minReplicas: 2
  maxReplicas: 10
  targetCPUUtilizationPercentage: 60
`;

/** A chart as `helm create` makes one, below a folder. */
export function chartFiles(
  folder = 'charts/web',
  values = VALUES,
  templates: Readonly<Record<string, string>> = {
    'deployment.yaml': DEPLOYMENT,
    'hpa.yaml': AUTOSCALER,
  },
): Record<string, string> {
  return {
    [`${folder}/Chart.yaml`]:
      'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "2.0"\n',
    [`${folder}/values.yaml`]: values,
    [`${folder}/templates/_helpers.tpl`]: HELPERS,
    ...Object.fromEntries(
      Object.entries(templates).map(([name, text]) => [
        `${folder}/templates/${name}`,
        text,
      ]),
    ),
  };
}

/** Plans new requests of the container `web` of Deployment `shop/web`, unless told otherwise. */
export function planIn(
  files: Readonly<Record<string, string>>,
  options: Partial<LocateTarget> & {
    readonly path?: string;
    readonly name?: string;
  } = {},
) {
  const { name, path, ...target } = options;
  return planChange(
    {
      ...targetOf(
        rightsize({ container: 'web', cpuRequest: '250m' }),
        { name },
        path,
      ),
      ...target,
    },
    RATIONALE,
    snapshotOf(files),
  );
}
