package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Test errors of networks of images that are trained by backpropagation, from predicted gradients, and from gradients that are predicted
 * with labels.
 *
 * @param name of the part
 * @param data of the publication
 * @param model of the zoo
 * @param methods of each network
 * @param rows of the table
 */
record DniImages(String name, String data, String model, List<Method> methods, List<Row> rows)
        implements Reproduction.Part {

    /**
     * A network.
     *
     * @param layers as the model counts them
     * @param published errors in percent, by method
     */
    record Row(int layers, List<String> published) {}

    /** How a network is trained. */
    record Method(String name, String strategy) {}

    private static final List<Method> PREDICTED =
            List.of(new Method("BP", "plain"), new Method("DNI", "dni"), new Method("cDNI", "cdni"));

    static DniImages mnist() {
        return new DniImages(
                "mnist",
                "mnist",
                "dni-fcn",
                PREDICTED,
                List.of(new Row(3, List.of("2.0", "1.9", "2.2")), new Row(6, List.of("1.8", "4.3", "1.6"))));
    }

    static DniImages cifar() {
        return new DniImages(
                "cifar", "cifar10", "dni-cnn", PREDICTED, List.of(new Row(3, List.of("17.9", "19.5", "19.0"))));
    }

    @Override
    public List<Reproduction.Figure> trained(Reproduction.Training training, Reproduction.Progress progress) {
        List<Reproduction.Figure> figures = new ArrayList<>();
        for (Row row : rows) {
            for (int seed = 1; seed <= training.seeds(); seed++) {
                figures.addAll(of(row, seed, training, progress));
            }
        }
        return figures;
    }

    private List<Reproduction.Figure> of(
            Row row, int seed, Reproduction.Training training, Reproduction.Progress progress) {
        List<Reproduction.Figure> figures = new ArrayList<>();
        for (int i = 0; i < methods.size(); i++) {
            Method method = methods.get(i);
            String what = model + " of " + row.layers() + " layers, " + method.name() + " test error, seed " + seed;
            DniTraining.Outcome outcome = new DniTraining(model, row.layers(), method.strategy(), seed, training)
                    .run((step, of) -> progress.at(what, step, of));
            figures.add(
                    new Reproduction.Figure(what, "%", row.published().get(i), 100 * outcome.error(), outcome.note()));
        }
        figures.add(order(row, seed, figures));
        return figures;
    }

    /** How many pairs of methods stand in the published order. */
    private Reproduction.Figure order(Row row, int seed, List<Reproduction.Figure> figures) {
        List<String> ours = methods.stream().map(Method::name).toList();
        List<Double> errors = figures.stream().map(Reproduction.Figure::ours).toList();
        List<Double> published = row.published().stream().map(Double::valueOf).toList();
        int alike = 0;
        int pairs = ours.size() * (ours.size() - 1) / 2;
        for (int i = 0; i < ours.size(); i++) {
            for (int j = 0; j < i; j++) {
                alike += Math.signum(errors.get(i) - errors.get(j)) == Math.signum(published.get(i) - published.get(j))
                        ? 1
                        : 0;
            }
        }
        return new Reproduction.Figure(
                model + " of " + row.layers() + " layers, pairs in the published order, seed " + seed,
                "of " + pairs,
                Integer.toString(pairs),
                alike,
                "published " + ordered(ours, published) + ", ours " + ordered(ours, errors));
    }

    private static String ordered(List<String> names, List<Double> errors) {
        return String.join(
                " < ",
                names.stream()
                        .sorted(Comparator.comparing(name -> errors.get(names.indexOf(name))))
                        .toList());
    }
}
