export interface Config {
  finops?: {
    /** Prometheus servers, or what speaks their API (Thanos, Mimir, VictoriaMetrics), to read metrics from. */
    prometheus?: Array<{
      /** Unique name of the source, shown beside every figure that comes from it. */
      id: string;
      /**
       * Base address; `/api/v1/query_range` is appended. Mimir and VictoriaMetrics need their prefix,
       * e.g. `https://mimir.example.com/prometheus`.
       */
      url: string;
      /** The cluster it watches, as workloads name it. Several only together with `clusterLabel`. */
      clusters?: string[];
      /** Label that tells clusters apart on every series, e.g. `cluster`. One of `clusters` and `clusterLabel` is required. */
      clusterLabel?: string;
      /**
       * More headers, e.g. `X-Scope-OrgID` for Mimir.
       * @deepVisibility secret
       */
      headers?: { [name: string]: string };
      /** User and password. */
      basicAuth?: {
        username: string;
        /** @visibility secret */
        password: string;
      };
      /** @visibility secret */
      bearerToken?: string;
      /** Seconds between two points; 300 unless told. */
      stepSeconds?: number;
      /**
       * Longest interval between two scrapes, in seconds; 60 unless told. Rates look back over the longest of 5
       * minutes, the step and four of these.
       */
      scrapeIntervalSeconds?: number;
      /** Points the server gives per series and query; 11000 unless told. */
      maxPointsPerSeries?: number;
      /** Seconds to wait for an answer; 60 unless told. A query that takes longer is repeated in smaller parts. */
      timeoutSeconds?: number;
      /** Queries in flight at once; 4 unless told. */
      concurrency?: number;
      /** Days the server keeps; 60 unless told. */
      historyDays?: number;
      /**
       * PromQL matchers that leave only real containers; `container!="",container!="POD",image!=""` unless
       * told. Drop `image!=""` where relabelling removes that label.
       */
      containerMatchers?: string;
      /**
       * PromQL of what services report themselves, one series per `owner_name` (and `owner_kind`). Placeholders:
       * `{{namespace}}` and `{{cluster}}` inside double quotes, `{{matchers}}` (both as matchers), `{{window}}`, and
       * `{{owners}}` (1 per pod with labels `pod`, `owner_kind`, `owner_name`). Unless told, `http_requests_total`
       * and `http_request_duration_seconds` by pod. With Istio, for example: `sum by (owner_name)
       * (label_replace(rate(istio_requests_total{reporter="destination",destination_workload_namespace="{{namespace}}"}[{{window}}]),
       * "owner_name", "$1", "destination_workload", "(.+)"))`.
       */
      requestMetrics?: {
        /** Served requests per second. */
        requestRate?: string;
        /** Failed requests per second. */
        errorRate?: string;
        /** 95th percentile of latency in seconds. */
        latencyP95?: string;
      };
      /**
       * PromQL of connections that a service holds and may hold, with the placeholders of `requestMetrics`. Unless
       * told, what the exporters of PostgreSQL, MySQL and Redis say that run in the pod of their server.
       */
      connectionMetrics?: {
        /** Open connections of the pod that holds most. */
        used?: string;
        /** Connections that the pod which allows fewest allows. */
        limit?: string;
      };
    }>;
  };
}
