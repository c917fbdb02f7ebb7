package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.checkpointing.planner.PlanSurvey;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.report.Environment;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.Report;
import org.backpropaganda.experiments.report.sections.CompareSections;
import org.backpropaganda.experiments.report.sections.EnvironmentSection;
import org.backpropaganda.experiments.report.sections.NamedRun;
import org.backpropaganda.experiments.report.sections.PlanSections;
import org.backpropaganda.experiments.report.sections.SettingsSection;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunConfig;

/** The pages of commands: their sections, with the environment at the end. */
final class Pages {
    private Pages() {}

    static ReportPage compare(Report report, List<Outcome> outcomes, String command) throws IOException {
        RunConfig config = report.config();
        List<Section> sections = new ArrayList<>(CompareSections.of(CompareSections.named(outcomes)));
        sections.add(1, CompareSections.failures(outcomes));
        return page(
                "Strategies compared on " + nameOf(config),
                sizesOf(config) + ", " + report.runs().size()
                        + (report.runs().size() == 1 ? " strategy" : " strategies"),
                sections,
                EnvironmentSection.of(report.environment(), command, Json.settings(config)));
    }

    static ReportPage plan(PlanSurvey survey, RunConfig config, String command) {
        return page(
                "Plan of " + nameOf(config),
                sizesOf(config),
                PlanSections.of(survey),
                EnvironmentSection.of(Environment.here(config.threads()), command, Json.settings(config)));
    }

    /** Comparisons by name, and their runs. */
    static ReportPage reports(Map<String, Report> reports, List<NamedRun> runs, String command) {
        Map<String, Map<String, String>> settings = new LinkedHashMap<>();
        List<String> subtitles = new ArrayList<>();
        reports.forEach((name, report) -> {
            Map<String, String> all = new LinkedHashMap<>(Json.settings(report.config()));
            all.putAll(EnvironmentSection.facts(report.environment()));
            settings.put(name, all);
            subtitles.add(name + ": " + nameOf(report.config()) + ", batch "
                    + report.config().batch());
        });
        List<Section> sections = new ArrayList<>(List.of(SettingsSection.of(settings)));
        sections.addAll(CompareSections.of(runs));
        return page(
                String.join(" and ", reports.keySet()),
                String.join("; ", subtitles),
                sections,
                EnvironmentSection.of(List.copyOf(reports.values()).get(0).environment(), command, Map.of()));
    }

    static ReportPage train(RunConfig config, List<Section> sections, Strategy strategy, String command) {
        return page(
                nameOf(config) + " trained by " + strategy,
                sizesOf(config),
                sections,
                EnvironmentSection.of(Environment.here(config.threads()), command, Json.settings(config)));
    }

    /** A page of what has no configuration of a run. */
    static ReportPage page(String title, String subtitle, List<Section> sections, Section environment) {
        List<Section> all = new ArrayList<>(sections);
        all.add(environment);
        return new ReportPage(title, subtitle, all);
    }

    /** The environment of such a page. */
    static Section environment(int threads, String command) {
        return EnvironmentSection.of(Environment.here(threads), command, Map.of());
    }

    private static String nameOf(RunConfig config) {
        return config.shape().model() + " of depth " + config.shape().depth();
    }

    private static String sizesOf(RunConfig config) {
        return "Width " + config.shape().width() + ", batch " + config.batch() + ", "
                + config.source().data() + " data, " + config.machine().dtype();
    }
}
