/**
 * First schema. Instants are ISO 8601 text and amounts integers of micro-units, so that both engines
 * sort and sum them alike.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_entities', table => {
    table.comment('What the loop knows of each catalog entity it watches');
    table.string('entity_ref').notNullable().primary();
    table.string('kind').notNullable();
    table
      .text('context')
      .notNullable()
      .comment('JSON: selector, repositories, owners');
    table
      .text('setup')
      .notNullable()
      .comment('JSON: how far the entity is connected');
    table.string('refreshed_at').comment('End of the last complete pass');
    table
      .double('efficiency')
      .comment('Used over requested, weighted by cost, 0..1');
  });
  await knex.schema.createTable('finops_entity_owners', table => {
    table.comment(
      'Owners of watched entities, for permission conditions and roll-ups',
    );
    table.string('entity_ref').notNullable();
    table.string('owner_ref').notNullable();
    table.primary(['entity_ref', 'owner_ref']);
    table.index('owner_ref');
  });
  await knex.schema.createTable('finops_workloads', table => {
    table.comment('Last seen live state of each workload of an entity');
    table.string('entity_ref').notNullable();
    table
      .string('workload')
      .notNullable()
      .comment('cluster/namespace/kind/name');
    table.string('environment').notNullable();
    table.text('state').notNullable().comment('JSON of the live state');
    table.string('source_id').notNullable();
    table.string('observed_at').notNullable();
    table.primary(['entity_ref', 'workload']);
    table.index('environment');
  });
  await knex.schema.createTable('finops_cost_days', table => {
    table.comment('Cost of a workload on one UTC day in one category');
    table.string('entity_ref').notNullable();
    table.string('source_id').notNullable();
    table.string('workload').notNullable();
    table.string('day', 10).notNullable();
    table.string('category').notNullable();
    table.string('currency', 3).notNullable();
    table.bigInteger('micros').notNullable();
    table.boolean('provisional').notNullable();
    table.string('environment').notNullable();
    table
      .string('owner_ref')
      .comment(
        'Owner on the day the row was written: ownership belongs to the period',
      );
    table.primary([
      'entity_ref',
      'source_id',
      'workload',
      'day',
      'category',
      'currency',
    ]);
    table.index(['entity_ref', 'day']);
  });
  await knex.schema.createTable('finops_cost_coverage', table => {
    table.comment('Share of a namespace and day that cost rows explain');
    table.string('source_id').notNullable();
    table.string('cluster').notNullable();
    table.string('namespace').notNullable();
    table.string('day', 10).notNullable();
    table.double('ratio').notNullable();
    table.primary(['source_id', 'cluster', 'namespace', 'day']);
  });
  await knex.schema.createTable('finops_sketches', table => {
    table.comment(
      'Distribution of one resource of one container over one UTC day',
    );
    table.string('workload').notNullable();
    table.string('container').notNullable();
    table.string('resource').notNullable();
    table.string('day', 10).notNullable();
    table.binary('sketch').notNullable();
    table.primary(['workload', 'container', 'resource', 'day']);
  });
  await knex.schema.createTable('finops_series', table => {
    table.comment('One metric over one UTC day, 32-bit floats, NaN = missing');
    table.string('workload').notNullable();
    table
      .string('container')
      .notNullable()
      .comment('Empty: the workload as a whole');
    table.string('metric').notNullable();
    table.string('day', 10).notNullable();
    table.integer('step').notNullable().comment('Seconds');
    table.binary('points').notNullable();
    table.primary(['workload', 'container', 'metric', 'day']);
  });
  await knex.schema.createTable('finops_series_queries', table => {
    table.comment('The query a metric came from, for evidence');
    table.string('workload').notNullable();
    table.string('container').notNullable();
    table.string('metric').notNullable();
    table.string('source_id').notNullable();
    table.text('query').notNullable();
    table.primary(['workload', 'container', 'metric']);
  });
  await knex.schema.createTable('finops_watermarks', table => {
    table.comment('Up to where a source was read for a subject');
    table.string('source_id').notNullable();
    table.string('kind').notNullable();
    table.string('subject').notNullable().comment('Workload key or entity ref');
    table.string('through').notNullable();
    table.primary(['source_id', 'kind', 'subject']);
  });
  await knex.schema.createTable('finops_events', table => {
    table.comment('Commits, deployments, spec changes and alerts');
    table.string('entity_ref').notNullable();
    table.string('source_id').notNullable();
    table.string('event_id').notNullable();
    table.string('kind').notNullable();
    table.string('at').notNullable();
    table.string('ends_at');
    table.text('title').notNullable();
    table.text('link');
    table.string('revision');
    table.string('workload');
    table.primary(['entity_ref', 'source_id', 'event_id']);
    table.index(['entity_ref', 'at']);
  });
  await knex.schema.createTable('finops_source_status', table => {
    table.comment('How the last read of each source went, per entity');
    table.string('entity_ref').notNullable();
    table.string('kind').notNullable();
    table.string('source_id').notNullable();
    table.string('status').notNullable();
    table.text('detail').notNullable().comment('JSON');
    table
      .string('since')
      .notNullable()
      .comment('Since when the status is what it is');
    table.primary(['entity_ref', 'kind', 'source_id']);
  });
  await knex.schema.createTable('finops_findings', table => {
    table.comment('Anomalies and other findings');
    table.string('id').notNullable().primary();
    table.string('entity_ref').notNullable();
    table.string('kind').notNullable();
    table.string('starts_at').notNullable();
    table.string('ends_at').notNullable();
    table.boolean('ongoing').notNullable();
    table.text('body').notNullable().comment('JSON of the finding');
    table.index(['entity_ref', 'ends_at']);
  });
  await knex.schema.createTable('finops_abstentions', table => {
    table.comment('Advice withheld in the last pass, and why');
    table.string('entity_ref').notNullable();
    table.string('workload').notNullable();
    table.string('subject').notNullable();
    table.string('code').notNullable();
    table.text('reason').notNullable();
    table.text('model').notNullable();
    table.string('at').notNullable();
    table.primary(['entity_ref', 'workload', 'subject']);
  });
  await knex.schema.createTable('finops_recommendations', table => {
    table.comment('Recommendations and their state');
    table.string('id').notNullable().primary();
    table
      .string('subject_key', 64)
      .notNullable()
      .comment('Hash of entity, workload and kind of action');
    table
      .string('active_key', 64)
      .comment(
        'subject_key while not closed: at most one active recommendation a subject',
      );
    table.unique(['active_key']);
    table.string('entity_ref').notNullable();
    table.string('workload').notNullable();
    table.string('environment').notNullable();
    table.string('action_kind').notNullable();
    table.string('state').notNullable();
    table.integer('revision').notNullable();
    table.bigInteger('saving_micros').notNullable();
    table.bigInteger('saving_lower_micros').notNullable();
    table.bigInteger('saving_upper_micros').notNullable();
    table.string('currency', 3).notNullable();
    table
      .text('body')
      .notNullable()
      .comment('JSON: action, words, evidence, model');
    table.string('content_hash', 64).notNullable();
    table.string('snoozed_until');
    table.string('created_at').notNullable();
    table.string('updated_at').notNullable();
    table.index(['entity_ref', 'state']);
    table.index('subject_key');
  });
  await knex.schema.createTable('finops_plans', table => {
    table.comment(
      'The present change plan of a recommendation and what the policies said',
    );
    table.string('recommendation_id').notNullable().primary();
    table.string('hash', 64);
    table.text('plan').comment('JSON; absent when refused');
    table.text('verdicts').notNullable();
    table.text('refusal');
    table.string('policy_version').notNullable();
    table.string('planned_at').notNullable();
  });
  await knex.schema.createTable('finops_deliveries', table => {
    table.comment(
      'Intent and result of writing a plan to a forge; the claim keeps writers apart',
    );
    table.string('recommendation_id').notNullable().primary();
    table.string('plan_hash', 64).notNullable();
    table
      .text('plan')
      .notNullable()
      .comment('JSON of the plan being written, kept to finish after a crash');
    table.string('status').notNullable().comment('writing | opened | failed');
    table.string('claim').comment('Token of the writer that holds the row');
    table.string('claimed_until');
    table
      .text('requesters')
      .notNullable()
      .comment('JSON: everybody who asked for this change');
    table.text('change_request').comment('JSON');
    table.string('change_request_state').comment('open | merged | closed');
    table
      .string('wanted_status')
      .comment('State finops/approval must have: pending | success | failure');
    table.text('wanted_status_text');
    table.string('published_status').comment('sha:state last published');
    table.text('last_error');
    table.string('updated_at').notNullable();
    table.index('status');
    table.index('change_request_state');
  });
  await knex.schema.createTable('finops_approvals', table => {
    table.comment('Approvals, each bound to a plan hash');
    table.string('recommendation_id').notNullable();
    table.string('plan_hash', 64).notNullable();
    table.string('approver').notNullable();
    table.string('at').notNullable();
    table.primary(['recommendation_id', 'plan_hash', 'approver']);
  });
  await knex.schema.createTable('finops_audit_events', table => {
    table.comment('Append-only: who did what, when');
    table.bigIncrements('sequence');
    table.string('id').notNullable().unique();
    table.string('recommendation_id').notNullable();
    table.string('at').notNullable();
    table.string('event').notNullable();
    table.string('actor').notNullable();
    table.string('from_state');
    table.string('to_state');
    table.text('detail').notNullable();
    table.index('recommendation_id');
  });
  // Append-only is kept by the database: a defect above cannot rewrite what happened.
  if (knex.client.config.client === 'pg') {
    await knex.raw(`CREATE FUNCTION finops_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'finops_audit_events is append-only'; END $$`);
    await knex.raw(`CREATE TRIGGER finops_audit_events_append_only BEFORE UPDATE OR DELETE ON finops_audit_events
      FOR EACH ROW EXECUTE FUNCTION finops_audit_append_only()`);
  } else {
    for (const operation of ['UPDATE', 'DELETE']) {
      await knex.raw(`CREATE TRIGGER finops_audit_events_no_${operation.toLowerCase()} BEFORE ${operation}
        ON finops_audit_events BEGIN SELECT RAISE(ABORT, 'finops_audit_events is append-only'); END`);
    }
  }
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  const tables = [
    'finops_audit_events',
    'finops_approvals',
    'finops_deliveries',
    'finops_plans',
    'finops_recommendations',
    'finops_abstentions',
    'finops_findings',
    'finops_source_status',
    'finops_events',
    'finops_watermarks',
    'finops_series_queries',
    'finops_series',
    'finops_sketches',
    'finops_cost_coverage',
    'finops_cost_days',
    'finops_workloads',
    'finops_entity_owners',
    'finops_entities',
  ];
  for (const table of tables) {
    await knex.schema.dropTable(table);
  }
  if (knex.client.config.client === 'pg') {
    await knex.raw('DROP FUNCTION finops_audit_append_only()');
  }
};
