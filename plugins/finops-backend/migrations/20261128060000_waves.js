/**
 * Changes that go out in waves, the next only after the one before was watched and is well.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_wave_plans', table => {
    table.comment('A set of recommendations that goes out in waves');
    table.string('id').notNullable().primary();
    table.text('title').notNullable();
    table
      .string('state')
      .notNullable()
      .comment('running | halted | done | stopped');
    table.text('halted_because');
    table.integer('halted_wave').comment('The wave it halted in, from 0');
    table
      .integer('accepted_through')
      .comment('Last wave that a person let pass as it is');
    table.string('started_by').notNullable();
    table.string('started_at').notNullable();
    table
      .integer('observe_minutes')
      .notNullable()
      .comment('How long each change is watched before the next wave');
    table.integer('revision').notNullable();
    table.string('updated_at').notNullable();
    table.index(['state', 'started_at']);
  });
  await knex.schema.createTable('finops_wave_items', table => {
    table.comment('The recommendations of a wave plan');
    table
      .string('plan_id')
      .notNullable()
      .references('finops_wave_plans.id')
      .onDelete('CASCADE');
    table.string('recommendation_id').notNullable();
    table.integer('wave').notNullable();
    table
      .string('open_key')
      .unique()
      .comment('The recommendation while its plan is under way, else null');
    table.string('live_since').comment('First seen to run as recommended');
    table.string('outcome').comment('healthy | unhealthy | left-out');
    table.text('note').comment('What was last said of it');
    table.primary(['plan_id', 'recommendation_id']);
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_wave_items');
  await knex.schema.dropTable('finops_wave_plans');
};
