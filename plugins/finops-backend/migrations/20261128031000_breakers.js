/**
 * Breakers: what stops changes by itself when too many of them go wrong.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_breakers', table => {
    table.comment('A row for each scope whose breaker ever opened');
    table
      .string('scope')
      .notNullable()
      .primary()
      .comment('all | owner:<ref> | action:<kind>');
    table.string('state').notNullable().comment('closed | open | half-open');
    table.string('cause').notNullable().comment('What opened it last');
    table.text('reason').notNullable().comment('In words, with the figures');
    table
      .string('since')
      .notNullable()
      .comment(
        'Since when it is in this state; what was before counts no more',
      );
    table
      .string('canary')
      .comment('Recommendation that is tried while half-open');
    table.string('canary_at');
    table.integer('revision').notNullable();
  });
  await knex.schema.alterTable('finops_audit_events', table => {
    table.index('at');
  });
  // The newest day of cost is asked for every minute.
  await knex.schema.alterTable('finops_cost_days', table => {
    table.index('day');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('finops_cost_days', table => {
    table.dropIndex('day');
  });
  await knex.schema.alterTable('finops_audit_events', table => {
    table.dropIndex('at');
  });
  await knex.schema.dropTable('finops_breakers');
};
