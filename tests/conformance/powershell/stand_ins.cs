// What takes the place of .NET's classes for what Wine lacks: an event log that remembers, and access rights.
// record.ps1 says how they are used; compile.ps1 makes a library of them, once for all runs.
using System;
using System.Collections.Generic;
using System.IO;

public sealed class RecordedEvent {
    public string Type;
    public int Id;
    public string Message;
}

// Stands for System.Diagnostics.EventLog.
public static class RecordedEvents {
    public static readonly List<RecordedEvent> All = new List<RecordedEvent>();
    public static bool SourceExists(string source) { return false; }
    public static void CreateEventSource(string source, string log) { }
    public static void WriteEntry(string source, string message, string type, int id) {
        // Windows takes this long a message, and no longer one.
        if (message.Length > 31839) throw new ArgumentException("Log entry string is too long.");
        All.Add(new RecordedEvent { Type = type, Id = id, Message = message });
    }
}

public sealed class RecordedOwner {
    public string Value;
}

// Stands for System.Security.AccessControl.DirectorySecurity.
public sealed class RecordedRights {
    public string Sddl = "inherited";
    public string Owner = "S-1-5-32-544";
    public bool AreAccessRulesProtected { get { return Sddl != "inherited"; } }
    public void SetSecurityDescriptorSddlForm(string sddl, string sections) { Sddl = sddl; }
    public RecordedOwner GetOwner(object type) { return new RecordedOwner { Value = Owner }; }
}

// Stands for System.IO.Directory where it makes a folder with rights, as .NET Framework alone does.
public sealed class RecordedFolder {
    public static readonly SortedDictionary<string, RecordedRights> All =
        new SortedDictionary<string, RecordedRights>();
    public static DirectoryInfo CreateDirectory(string path) { return Directory.CreateDirectory(path); }
    // It gives the rights to a folder that it makes, and none to one that is there.
    public static RecordedFolder CreateDirectory(string path, RecordedRights rights) {
        if (!Directory.Exists(path)) All[path] = rights;
        else if (!All.ContainsKey(path)) All[path] = new RecordedRights();
        Directory.CreateDirectory(path);
        return new RecordedFolder { FullName = path };
    }
    public string FullName;
    public FileAttributes Attributes { get { return File.GetAttributes(FullName); } }
    public RecordedRights GetAccessControl(string sections) { return All[FullName]; }
    public void SetAccessControl(RecordedRights rights) { All[FullName] = rights; }
}
