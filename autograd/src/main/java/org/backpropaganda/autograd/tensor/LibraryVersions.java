package org.backpropaganda.autograd.tensor;

import java.security.CodeSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.nd4j.linalg.factory.Nd4j;

/** Versions of the libraries that compute, for reports. */
public final class LibraryVersions {
    private static final Pattern JAR = Pattern.compile("nd4j-api-(.+)\\.jar$");

    private LibraryVersions() {}

    /** The version of oneDNN that is loaded. */
    public static String oneDnn() {
        dnnl_version_t version = dnnl.dnnl_version();
        return version.major() + "." + version.minor() + "." + version.patch();
    }

    /** The version of ND4J on the class path, as its file name tells it: the file itself does not. */
    public static String nd4j() {
        CodeSource source = Nd4j.class.getProtectionDomain().getCodeSource();
        Matcher name = JAR.matcher(source == null ? "" : source.getLocation().getPath());
        return name.find() ? name.group(1) : "unknown";
    }
}
